"""Open pages in a browser, and keep what goes wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request

# Of WCAG 2.0, 2.1 and 2.2, levels A and AA.
_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_WATCH: Final = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""


class Visitor:
    """Somebody who visits the service; `problems` has what the browser complains about."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url.rstrip("/")
        self.problems: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def page(self, **options: Any) -> Page:  # noqa: ANN401 - the options of playwright
        """Return an empty page of a person with these settings, such as ``color_scheme``."""
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        if options.get("java_script_enabled", True):
            context.add_init_script(_WATCH)
        page = context.new_page()
        page.on("console", lambda told: self._note(told.type, told.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.on("request", self._look_at)
        page.on("dialog", self._dismiss)
        return page

    def open(self, path: str, *, width: int = 1280, **options: Any) -> Page:  # noqa: ANN401 - as for `page`
        """Open *path* in a window of some width, and wait until it is loaded."""
        page = self.page(viewport={"width": width, "height": 900}, **options)
        page.goto(self.url + path)
        return page

    def leave(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        # A browser calls an answer with status 404 an error, too.
        if kind in {"error", "warning"} and "status of 404" not in text:
            self.problems.append(f"{kind}: {text}")

    def _look_at(self, request: Request) -> None:
        if not request.url.startswith(f"{self.url}/"):
            self.problems.append(f"asked another origin: {request.url}")

    def _dismiss(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def violations(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds, and what the page's policy has refused."""
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", list(_RULES))
    refused = page.evaluate("window.violations")
    return [
        *(f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]),
        *(f"refused by the policy: {directive}" for directive in refused),
    ]


def overflow(page: Page) -> int:
    """Return how many pixels of the page are beside the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
