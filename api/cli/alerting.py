"""`gnomon alerts`."""

from __future__ import annotations

from api.cli import showing
from api.personal.alerts import run_alerts
from api.personal.mail import send
from api.settings import load_settings
from api.wiring import Services


def send_alerts(as_json: bool, **given: object) -> None:
    """One round over all saved searches; what could not be sent is tried again the next time."""
    settings = load_settings(**given)
    services = Services(settings)
    try:
        report = run_alerts(services.saved_searches, services.engine, settings, lambda message: send(message, settings))
    finally:
        services.close()
    if as_json:
        showing.as_json(report)
        return
    for fault in report.faults:
        showing.line(f"! {fault}")
    showing.line(
        f"{report.searches} saved searches, {report.looked} asked again, {report.new_matches} new matches,"
        f" {report.sent} messages sent"
    )
