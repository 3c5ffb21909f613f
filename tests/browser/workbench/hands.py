"""The same deed by mouse and by keyboard alone."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

# No task may take more.
MOST_LOADS = 6
MOST_TABS = 150
Press = Callable[[Locator], None]


def by_mouse(target: Locator) -> None:
    target.click()


def by_keyboard(target: Locator) -> None:
    """Tab from the top of the page to the target, then Enter; a box is ticked by Space."""
    page = target.page
    expect(target).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Space" if target.get_attribute("type") == "checkbox" else "Enter")
            return
    raise AssertionError(f"No tab stop leads to {target}.")


def press(page: Page, name: str, role: str = "button") -> None:
    """Focus and Enter, where the way there isn't what is tested."""
    page.get_by_role(role, name=name, exact=True).first.focus()
    page.keyboard.press("Enter")
