"""What a terminal showed, as an SVG picture: windows one below the other, still or moving. `.ci/pictures` draws with it."""

import collections
import itertools
import sys
from xml.sax.saxutils import escape

import pyte

# pyte knows no dim text. Nothing here blinks, so that stands for it.
pyte.graphics.TEXT[2] = "+blink"

# Text of each colour has a contrast of at least 4.5 to 1 with the window and with the lines that stand out.
THEMES = {
    "light": {
        "window": "#ffffff", "bar": "#f6f8fa", "frame": "#d0d7de", "new": "#dafbe1", "mark": "#2da44e",
        "text": "#1f2328", "dim": "#59636e", "red": "#cf222e", "green": "#116329", "brown": "#7d4e00",
        "blue": "#0550ae", "magenta": "#6639ba", "cyan": "#0f6b72",
    },
    "dark": {
        "window": "#0d1117", "bar": "#161b22", "frame": "#3d444d", "new": "#12261e", "mark": "#3fb950",
        "text": "#e6edf3", "dim": "#9198a1", "red": "#ff7b72", "green": "#56d364", "brown": "#e3b341",
        "blue": "#79c0ff", "magenta": "#d2a8ff", "cyan": "#56d4dd",
    },
}
GROUNDS = ("window", "bar", "new")
LINES = ("frame", "mark")
FONT = "ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
CELL, ROW, SIZE = 8.4, 20, 14
PADDING, INSET, BAR, GAP = 16, 12, 30, 14

# A piece of text in one style, and from when to when it is there; `end` is None if it stays.
Piece = collections.namedtuple("Piece", "row column text style start end")


def contrast(one, other):
    """As the Web Content Accessibility Guidelines define it."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def number(value):
    return f"{value:.3f}".rstrip("0").rstrip(".")


def style_of(char):
    colour = [] if char.fg == "default" else [char.fg]
    return " ".join(colour + ["bold"] * char.bold + ["dim"] * char.blink)


def by_place(cell):
    """Orders cells. None is no number."""
    row, column, _, _, start, end = cell
    return row, column, start, end or 0


def pieces_of(terminal):
    """What is on the screen, and where the cursor is from when on."""
    screen = pyte.Screen(terminal.columns, terminal.rows)
    stream = pyte.Stream(screen)
    shown, gone, cursor = {}, [], []
    for at, events in itertools.groupby(terminal.events, key=lambda event: event[0]):
        stream.feed("".join(text for _, text in events))
        cells = {
            (row, column): (char.data, style_of(char))
            for row, line in screen.buffer.items()
            for column, char in line.items()
            if char.data != " "
        }
        for place in [place for place in shown if cells.get(place) != shown[place][:2]]:
            gone.append((*place, *shown.pop(place), at))
        for place in cells.keys() - shown.keys():
            shown[place] = (*cells[place], at)
        cursor.append((at, screen.cursor.y, screen.cursor.x))
    pieces = []
    gone += ((*place, *cell, None) for place, cell in shown.items())
    for row, column, text, style, start, end in sorted(gone, key=by_place):
        last = pieces[-1] if pieces else None
        # Words of one style that came together stay together.
        gap = column - last.column - len(last.text) if last and (last.row, *last[3:]) == (row, style, start, end) else -1
        if gap in (0, 1):
            pieces[-1] = last._replace(text=last.text + " " * gap + text)
        else:
            pieces.append(Piece(row, column, text, style, start, end))
    return pieces, cursor


class Picture:
    """Windows, one below the other. Where nothing moves, the last moment is shown."""

    def __init__(self, title, lasts=0.0):
        self.title, self.lasts = title, lasts
        self.parts, self.height, self.width = [], 0, 0
        # What is animated in the same way has one class: the steps, and its name.
        self.animations = {}

    def animated(self, steps):
        """The class of what changes at these moments: pairs of a moment and a style."""
        steps = "".join(f"{number(max(at, 0) / self.lasts * 100)}%{{{style}}}" for at, style in steps)
        return self.animations.setdefault(steps, f"t{len(self.animations)}")

    def attributes(self, start=0.0, end=None, style=""):
        """The attributes of what is there only from `start` to `end`."""
        classes, hidden = [], ""
        if start > 0 or end is not None:
            steps = [(0, "visibility:hidden")] if start > 0 else []
            steps.append((start, "visibility:visible"))
            if end is not None:
                steps.append((end, "visibility:hidden"))
                hidden = ' visibility="hidden"'
            classes.append(self.animated(steps))
        classes += [style] if style else []
        return (f' class="{" ".join(classes)}"' if classes else "") + hidden

    def window(self, title, columns, rows, pieces, cursor=(), starts=0.0, cursor_ends=None, new=()):
        width, height = columns * CELL + 2 * PADDING, BAR + rows * ROW + 2 * INSET
        if self.height:
            self.height += GAP
        w, h = number(width - 1), number(height - 1)
        # Until it starts, it is pale.
        pale = f' class="{self.animated([(0, "opacity:.4"), (starts, "opacity:1")])}"' if starts else ""
        self.parts.append(f'<g transform="translate(0 {number(self.height)})"{pale}>')
        self.parts.append(f'<rect class="window" x=".5" y=".5" width="{w}" height="{h}" rx="8"/>')
        self.parts.append(f'<path class="bar" d="M.5 {BAR}V8.5a8 8 0 0 1 8-8h{number(width - 17)}a8 8 0 0 1 8 8V{BAR}z"/>')
        for at in (16, 30, 44):
            self.parts.append(f'<circle cx="{at}" cy="15.5" r="4.5"/>')
        self.parts.append(f'<text class="caption" x="{number(width / 2)}" y="20">{escape(title)}</text>')
        self.parts.append(f'<g transform="translate({PADDING} {BAR + INSET})">')
        if new:
            place = f'x="{1 - PADDING}" y="{new[0] * ROW}" height="{len(new) * ROW}"'
            self.parts.append(f'<rect class="new" {place} width="{number(width - 2)}"/><rect class="mark" {place} width="3"/>')
        if cursor:
            self.cursor(cursor, starts, cursor_ends)
        for piece in pieces:
            self.piece(piece)
        self.parts.append("</g></g>")
        self.height, self.width = self.height + height, max(self.width, width)

    def piece(self, piece):
        # The grid is kept whatever font there is.
        length = f' textLength="{number(len(piece.text) * CELL)}"' if len(piece.text) > 1 else ""
        place = f'x="{number(piece.column * CELL)}" y="{piece.row * ROW + 15}"'
        attributes = self.attributes(piece.start, piece.end, piece.style)
        self.parts.append(f"<text {place}{length}{attributes}>{escape(piece.text)}</text>")

    def cursor(self, cursor, start, end):
        places = [(at, number(column * CELL), row * ROW + 1) for at, row, column in cursor]
        _, x, y = places[-1]
        moves = self.animated([(at, f"transform:translate({x}px,{y}px)") for at, x, y in places]) + " " if self.lasts else ""
        box = f'<rect class="{moves}cursor" width="{number(CELL)}" height="{ROW - 2}" transform="translate({x} {y})"/>'
        self.parts.append(f"<g{self.attributes(start, end)}>{box}</g>")

    def animation(self):
        rules = [f"@keyframes {name}{{{steps}}}.{name}{{animation-name:{name}}}" for steps, name in self.animations.items()]
        rules.insert(0, f"[class^=t]{{animation:{number(self.lasts)}s step-end infinite}}")
        # Who wants nothing to move sees the end.
        return f"@media(prefers-reduced-motion:no-preference){{{''.join(rules)}}}"

    def svg(self, theme):
        colours = "".join(f".{name}{{fill:{theme[name]}}}" for name in theme if name not in (*GROUNDS, *LINES, "text"))
        style = (
            f"text{{fill:{theme['text']};font:{SIZE}px {FONT}}}{colours}.bold{{font-weight:700}}"
            f".window{{fill:{theme['window']};stroke:{theme['frame']}}}.bar{{fill:{theme['bar']};stroke:{theme['frame']}}}"
            f"circle{{fill:{theme['frame']}}}.caption{{fill:{theme['dim']};font-size:13px;text-anchor:middle}}"
            f".new{{fill:{theme['new']}}}.mark{{fill:{theme['mark']}}}.cursor{{fill:{theme['dim']}}}"
        )
        if self.lasts:
            style += self.animation()
        box = f"{number(self.width)} {number(self.height)}"
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box}" {size} role="img">'
        return "\n".join([head, f"<title>{escape(self.title)}</title>", f"<style>{style}</style>", *self.parts, "</svg>", ""])


def check_contrast():
    for theme, colours in THEMES.items():
        for ground, (name, colour) in itertools.product(GROUNDS, colours.items()):
            if name not in GROUNDS + LINES and contrast(colours[ground], colour) < 4.5:
                sys.exit(f"{theme}: {name} can hardly be read on {ground}")
