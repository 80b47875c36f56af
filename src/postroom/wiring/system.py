"""Owns the list of systems. Adding a front desk means adding its folder and one line here."""

from __future__ import annotations

from postroom.ports import System
from postroom.systems.bills.system import SYSTEM as BILLS
from postroom.systems.certificates.system import SYSTEM as CERTIFICATES
from postroom.systems.conversion.system import SYSTEM as CONVERSION
from postroom.systems.inspect.system import SYSTEM as INSPECT
from postroom.systems.plans.system import SYSTEM as PLANS
from postroom.systems.revenue.system import SYSTEM as REVENUE

SYSTEMS: tuple[System, ...] = (INSPECT, REVENUE, PLANS, CONVERSION, BILLS, CERTIFICATES)
