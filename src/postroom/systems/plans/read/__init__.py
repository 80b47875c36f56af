"""What is read of a page: words and lines, title block, number and title, sections, regions, and what kind it is."""
