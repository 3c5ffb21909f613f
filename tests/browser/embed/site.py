"""A company's website: static pages on an origin of their own."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Site:
    """Its host is `127.0.0.1`, where Switchyard's is `localhost`. `posts` are the bodies that its own forms sent."""

    url: str
    pages: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)

    def put(self, path: str, html: str, **headers: str) -> str:
        """Publish a page; returns its address. `Content_Security_Policy="…"` gives the header of that name."""
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})
        return f"{self.url}{path}"


@contextmanager
def serve_site() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    site = _Pages.site = Site(url=f"http://127.0.0.1:{server.server_port}")
    # It looks for its end this often, in seconds; with the default, half a second, every test would wait for it.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="website")
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Pages(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        page = self.site.pages.get(urlsplit(self.path).path)
        html, headers = page or ("", {})
        content = html.encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.site.posts.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Quiet."""
