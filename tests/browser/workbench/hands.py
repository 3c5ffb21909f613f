"""The same deeds by mouse and by keyboard alone."""

from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

# No task may take more.
MOST_LOADS = 6
# What a longest page has, once its menu is skipped.
MOST_TABS = 200
MOST_CHOICES = 10
# Whether a Tab has led to the element (or its group of radio buttons, which is one stop), or to the way past the menu.
REACHED = """element => {
  const at = document.activeElement
  if (at === element || (at.type === "radio" && at.name === element.name && at.form === element.form)) return "there"
  return at.matches(".sy-skip") && element.closest("#content") ? "skip" : "elsewhere"
}"""


def loads_of(page: Page) -> list[str]:
    """The pages that are opened from now on."""
    opened: list[str] = []
    page.on("domcontentloaded", lambda page: opened.append(page.url))
    return opened


class Hands(Protocol):
    def press(self, target: Locator) -> None:
        """A button or link, or a box or radio button to be ticked."""

    def fill(self, field: Locator, text: str) -> None: ...

    def choose(self, field: Locator, label: str) -> None:
        """From a menu of the browser's own."""

    def pick(self, field: Locator, text: str) -> None:
        """From a list that is searched."""

    def attach(self, field: Locator, path: Path) -> None: ...


class Mouse:
    def press(self, target: Locator) -> None:
        target.click()

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, field: Locator, label: str) -> None:
        field.select_option(label=label)

    def pick(self, field: Locator, text: str) -> None:
        field.click()
        found(field, text).click()

    def attach(self, field: Locator, path: Path) -> None:
        with field.page.expect_file_chooser() as chooser:
            field.click()
        chooser.value.set_files(path)


class Keyboard:
    """Tabs on from where the page has put the focus; nothing is focused by a script."""

    def press(self, target: Locator) -> None:
        kind = target.get_attribute("type")
        if kind == "radio":
            self._turn_to(target)
        else:
            self.tab_to(target)
            target.page.keyboard.press("Space" if kind == "checkbox" else "Enter")

    def fill(self, field: Locator, text: str) -> None:
        self.tab_to(field)
        keyboard = field.page.keyboard
        if field.get_attribute("type") == "date":
            year, month, day = text.split("-")
            keyboard.type(f"{month}{day}{year}")  # in the order of the browser's language, American here
        else:
            keyboard.press("Control+A")
            keyboard.type(text)

    def choose(self, field: Locator, label: str) -> None:
        """Without a screen no menu opens; a closed one takes what is typed, too."""
        self.tab_to(field)
        field.page.keyboard.type(label)
        assert field.evaluate("menu => menu.selectedOptions[0].label") == label

    def pick(self, field: Locator, text: str) -> None:
        self.tab_to(field)
        field.page.keyboard.press("Enter")
        found(field, text)
        field.page.keyboard.press("Enter")

    def attach(self, field: Locator, path: Path) -> None:
        """The chooser is the system's own: a test can open it, and say what was chosen."""
        with field.page.expect_file_chooser() as chooser:
            self.press(field)
        chooser.value.set_files(path)

    def tab_to(self, target: Locator) -> None:
        expect(target).to_be_visible()
        keyboard = target.page.keyboard
        for _ in range(MOST_TABS):
            reached = target.evaluate(REACHED)
            if reached == "there":
                return
            keyboard.press("Enter" if reached == "skip" else "Tab")
            if reached == "skip":
                keyboard.press("Tab")
        raise AssertionError(f"No tab stop leads to {target}.")

    def _turn_to(self, target: Locator) -> None:
        self.tab_to(target)
        keyboard = target.page.keyboard
        keyboard.press("Space")
        for _ in range(MOST_CHOICES):
            if target.is_checked():
                return
            keyboard.press("ArrowDown")
        raise AssertionError(f"No arrow leads to {target}.")


def found(field: Locator, text: str) -> Locator:
    """What a search for it has found first."""
    page = field.page
    expect(page.locator(".select2-search__field")).to_be_focused()
    page.keyboard.type(text)
    first = page.locator(".select2-results__option--highlighted", has_text=text)
    first.wait_for()
    return first


by_mouse, by_keyboard = Mouse(), Keyboard()
both_ways = pytest.mark.parametrize("hands", [by_mouse, by_keyboard], ids=["by_mouse", "by_keyboard"])
