"""Each page is read the way that suits it, and a picture is opened as a person sees it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from postroom.errors import Blocked, DocumentError
from postroom.readers import image, ocr, page, raster
from tests.unit.readers.letter import HEIGHT, LINES, WIDTH, Draw, both, letter, paste, pdf, picture, write

SCAN = picture()
WHOLE = paste(SCAN, 0, 0, WIDTH, HEIGHT)
STAMP = write(420, 740, "RECEIVED 2025")


def read(draw: Draw, how: page.Ocr = "auto", rotate: int = 0) -> tuple[str, list[str]]:
    with pdf(draw, rotate=rotate) as document:
        found = page.page_words(document[0], ocr=how, dpi=200)
    assert (found.width, found.height) == (WIDTH, HEIGHT)
    return found.source, found.text().splitlines()


def test_a_text_page_is_not_recognised_unless_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(letter, "always") == ("ocr", list(LINES))
    monkeypatch.setattr(ocr, "tesserocr", None)
    assert read(letter) == ("text", list(LINES))
    assert read(letter, "never") == ("text", list(LINES))


def test_a_scan_is_recognised_with_or_without_a_stamp() -> None:
    assert read(WHOLE) == ("ocr", list(LINES))
    source, lines = read(both(WHOLE, STAMP))
    assert source == "ocr" and lines == [*LINES, "RECEIVED 2025"]


def test_a_rotated_scan_gives_boxes_on_the_page_as_displayed() -> None:
    with pdf(WHOLE, rotate=90) as turned, pdf(letter) as upright:
        seen, truth = page.page_words(turned[0], dpi=200), page.page_words(upright[0])
    assert (seen.source, seen.turn) == ("ocr", 0)
    assert [word.text for word in seen.words] == [word.text for word in truth.words]
    for one, two in zip(seen.words, truth.words, strict=True):
        assert one.box.overlap(two.box) > 0.5 * one.box.area


def test_never_means_never_and_blank_is_blank() -> None:
    assert read(WHOLE, "never") == ("none", [])
    assert read(both(WHOLE, STAMP), "never") == ("text", ["RECEIVED 2025"])
    assert read(lambda canvas: None) == ("none", [])


def test_a_scan_without_a_recogniser_blocks_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "tesserocr", None)
    with pytest.raises(Blocked):
        read(WHOLE)


# --- pictures -----------------------------------------------------------------------------------------


def test_a_picture_file_is_a_page(tmp_path: Path) -> None:
    SCAN.save(tmp_path / "a.png", dpi=(200, 200))
    found = page.image_words(tmp_path / "a.png")
    assert found.text().splitlines() == list(LINES)
    assert (found.width, found.height) == pytest.approx((WIDTH, HEIGHT), abs=0.5)


def test_what_cameras_say_of_resolution_is_not_believed(tmp_path: Path) -> None:
    SCAN.save(tmp_path / "a.jpg", dpi=(72, 72))
    assert page.resolution(raster.open_image(tmp_path / "a.jpg")) == pytest.approx(200, rel=0.05)
    assert page.image_words(tmp_path / "a.jpg", dpi=200).width == pytest.approx(WIDTH, abs=0.5)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path, orientation: int) -> None:
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[image.ORIENTATION] = orientation
    SCAN.transpose(back[orientation]).save(tmp_path / "a.jpg", exif=exif, dpi=(200, 200), quality=90)
    opened = raster.open_image(tmp_path / "a.jpg")
    assert opened.size == SCAN.size and opened.info == {"dpi": (200, 200)}
    assert np.abs(np.asarray(opened).astype(int) - np.asarray(SCAN)).mean() < 3


def test_pages_of_a_tiff_are_frames_and_beyond_the_last_is_an_error(tmp_path: Path) -> None:
    first, second = Image.new("1", (40, 30), 1), Image.new("1", (40, 30), 0)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    assert raster.open_image(tmp_path / "a.tif").getpixel((5, 5)) == 255
    assert raster.open_image(tmp_path / "a.tif", frame=1).getpixel((5, 5)) == 0
    with pytest.raises(DocumentError):
        raster.open_image(tmp_path / "a.tif", frame=2)


def test_a_fax_is_made_square(tmp_path: Path) -> None:
    Image.new("1", (1728, 1078), 1).save(tmp_path / "a.tif", dpi=(204, 98))
    opened = raster.open_image(tmp_path / "a.tif")
    assert opened.size == (1728, round(1078 * 204 / 98)) and opened.info["dpi"] == (204, 204)


def test_transparent_and_deep_pictures_are_on_paper(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert raster.open_image(tmp_path / "a.png").getpixel((0, 0)) == (255, 255, 255)
    deep = np.linspace(0, 60_000, 400).astype(np.uint16).reshape(20, 20)
    Image.fromarray(deep).save(tmp_path / "b.png")
    opened = raster.open_image(tmp_path / "b.png")
    assert opened.mode == "L" and opened.getextrema() == (0, 255)


def test_bombs_are_refused_before_their_pixels_and_large_ones_made_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (400, 500), 255).save(tmp_path / "a.png", dpi=(300, 300))
    monkeypatch.setattr(raster, "PIXELS", 50_000)
    opened = raster.open_image(tmp_path / "a.png")
    assert opened.size == (200, 250) and opened.info["dpi"] == pytest.approx((150, 150), rel=0.01)
    monkeypatch.setattr(image, "PIXELS", 100_000)
    with pytest.raises(DocumentError) as caught:
        raster.open_image(tmp_path / "a.png")
    assert caught.value.code == "too_large"


def test_what_is_no_picture_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(DocumentError) as caught:
        raster.open_image(tmp_path / "a.png")
    assert caught.value.code == "unsupported"
    SCAN.save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:5000])
    with pytest.raises(DocumentError, match=r"damaged|middle"):
        raster.open_image(tmp_path / "b.png")


def test_a_huge_page_is_drawn_with_fewer_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "PIXELS", 1_000_000)
    with pdf(letter) as document:
        drawn = raster.render(document[0], 300)
        assert drawn.width * drawn.height <= 1_010_000
        assert drawn.info["dpi"][0] == pytest.approx(drawn.width / WIDTH * 72, rel=0.01)
        assert raster.render(document[0], 36, grey=False).mode == "RGB"


def test_a_page_without_extent_is_the_documents_fault() -> None:
    with pdf(letter) as document:
        document[0].set_mediabox(0, 0, 0.1, 700)
        with pytest.raises(DocumentError, match="cannot be drawn"):
            raster.render(document[0], 300)
