"""The forms of the register that programs read: JSON Feed 1.1, RSS 2.0, and the file by which other wallets name
issuers. Pure: decisions in, bytes out. The table (CSV) is written as registers are: `kit.tables`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from keys import timestamps

JSON_FEED = "https://jsonfeed.org/version/1.1"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Item:
    """One decision in a feed."""

    id: str
    url: str
    title: str
    text: str
    at: datetime
    tags: tuple[str, ...]
    decision: Mapping[str, Any]
    """The decision for programs: words that no language changes."""


@dataclass(frozen=True)
class Channel:
    """A feed as a whole. `home` is the page for people, `address` the feed's own."""

    title: str
    language: str
    home: str
    address: str
    author: str
    author_url: str


def json_feed(channel: Channel, items: Sequence[Item]) -> bytes:
    """Return a JSON Feed (version 1.1); `_decision` is our own member, as the format allows."""
    feed = {
        "version": JSON_FEED,
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.address,
        "language": channel.language,
        "authors": [{"name": channel.author, "url": channel.author_url}],
        "items": [
            {
                "id": item.id,
                "url": item.url,
                "title": item.title,
                "content_text": item.text,
                "date_published": timestamps.write(item.at),
                "tags": list(item.tags),
                "_decision": dict(item.decision),
            }
            for item in items
        ],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def rss(channel: Channel, items: Sequence[Item]) -> bytes:
    """Return an RSS 2.0 feed with the address of itself (Atom's `link`)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
        _element("title", channel.title),
        _element("link", channel.home),
        _element("description", f"{channel.title} – {channel.author}"),
        _element("language", channel.language),
        f'<atom:link rel="self" type="application/rss+xml" href="{_attribute(channel.address)}"/>',
        *(_element("lastBuildDate", format_datetime(item.at)) for item in items[:1]),
    ]
    for item in items:
        lines += [
            "<item>",
            _element("title", item.title),
            _element("link", item.url),
            f'<guid isPermaLink="false">{_text(item.id)}</guid>',
            _element("pubDate", format_datetime(item.at)),
            *(_element("category", tag) for tag in item.tags),
            _element("description", item.text),
            "</item>",
        ]
    return "\n".join([*lines, "</channel></rss>", ""]).encode()


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return _text(text).replace('"', "&quot;")


def issuers_file(
    issuers: Mapping[str, Mapping[str, str]], *, created: datetime | None, updated: datetime | None
) -> bytes:
    """Return the registry file of the Digital Credentials Consortium: who is behind which issuer DID.

    It is unsigned by its nature: a reader trusts the connection that it came by, and nothing else.
    """
    meta = {"created": created, "updated": updated}
    document = {
        "meta": {name: timestamps.write(moment) for name, moment in meta.items() if moment},
        "registry": {did: dict(about) for did, about in issuers.items()},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
