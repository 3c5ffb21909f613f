"""Takes the pictures of README and documents: starts a demo of its own, sends leads, photographs what people see."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chrome import DESKTOP, PHONE, chromium
from tests.task_pictures import photograph_tasks

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
PEOPLE = [
    ("mika.sand@sap.com", "Mika Sand", {}),
    ("lee.park@canva.com", "Lee Park", {}),
    ("zoe.lane@harbour-lights.example", "Zoe Lane", {"country": "AQ"}),
    ("ola.berg@spotify.com", "Ola Berg", {"use_case": "budgeting"}),
    ("pat.quinn@walmart.com", "Pat Quinn", {}),
    ("sam.poe@tiny-bakery.example", "Sam Poe", {"country": "FR"}),
    ("taro.ito@sony.com", "Taro Ito", {}),
    ("ida.moss@zapier.com", "Ida Moss", {"use_case": "forecasting"}),
    ("rui.alves@nubank.com.br", "Rui Alves", {}),
]


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """A demo with data of its own: (address, admin password)."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        settings = {**os.environ, "DATA_DIR": folder, "PORT": str(port)}
        command = [sys.executable, "manage.py", "demo"]
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL)
        try:
            address = f"http://localhost:{port}"
            _await(address)
            yield address, (Path(folder) / "demo_admin_password").read_text()
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(address: str) -> None:
    for _ in range(900):
        try:
            urllib.request.urlopen(address, timeout=5)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the demo did not come up")


def send(address: str, email: str, full_name: str, more: dict[str, str]) -> None:
    """Through the public API; returns once the lead has its owner."""
    body = json.dumps({"answers": {"email": email, "full_name": full_name, **more}}).encode()
    request = urllib.request.Request(
        f"{address}/api/v1/forms/demo/submissions", body, {"Content-Type": "application/json"}
    )
    status_url = json.load(urllib.request.urlopen(request, timeout=10))["status_url"]
    for _ in range(100):
        if json.load(urllib.request.urlopen(status_url, timeout=10))["state"] in ("assigned", "parked"):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{full_name} was not routed")


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def photograph_form(browser: Browser, address: str) -> None:
    """The three-step variant: who, then the company's step as picture, to the owner's name."""
    page = _three_steps(browser, address, DESKTOP)
    page.get_by_label("Work e-mail").fill("jo.hart@stripe.com")
    page.get_by_label("Full name").fill("Jo Hart")
    take(page, "form")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("My team").check()
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("What is it for?").select_option("capacity")
    page.get_by_role("button", name="Request my demo").click()
    page.get_by_text("You’ll be talking to").wait_for()
    take(page, "done")
    phone = _three_steps(browser, address, PHONE)
    phone.get_by_label("Work e-mail").fill("ann.weiss@siemens.com")
    phone.get_by_label("Full name").fill("Ann Weiss")
    take(phone, "form-phone")


def _three_steps(browser: Browser, address: str, size: dict[str, int]) -> Page:
    """Without consent each view is another visitor: look again until the variant is the one wanted."""
    page = browser.new_context(viewport=size).new_page()
    for _ in range(50):
        page.goto(f"{address}/f/demo/")
        if page.get_by_text("Step 1 of 3").count():
            return page
    raise RuntimeError("the three-step variant was never shown")


def photograph_admin(browser: Browser, address: str, password: str) -> None:
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.goto(f"{address}/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url(f"{address}/admin/")
    take(page, "admin-home")
    page.get_by_role("link", name="Jo Hart").click()
    take(page, "admin-lead")
    page.goto(f"{address}/admin/routing/queue/")
    page.get_by_role("link", name="Americas enterprise").first.click()
    take(page, "admin-queue")


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as (address, password), chromium() as browser:
        for person in PEOPLE:
            send(address, *person)
        photograph_form(browser, address)
        photograph_admin(browser, address, password)
        photograph_tasks(browser, address, password, take)
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
