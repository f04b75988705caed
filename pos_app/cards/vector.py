"""A card as SVG, for print shops: the size in millimetres, everything in it in dots."""

from xml.sax.saxutils import escape

from pos_app.cards.face import Face

MM_AN_INCH = 25.4


def svg(face: Face) -> bytes:
    """The whole file."""
    at = face.layout
    width, height = (f"{dots * MM_AN_INCH / at.dpi:.2f}mm" for dots in (at.width, at.height))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {at.width} {at.height}">'
    )
    paper = f'<rect width="{at.width}" height="{at.height}" fill="#fff"/>'
    bars = "".join(f"M{one.x} {one.y}h{one.width}v{one.height}h-{one.width}z" for one in face.boxes)
    texts = [
        f'<text x="{one.x}" y="{one.y + one.size}" font-family="sans-serif" font-size="{one.size}">'
        f"{escape(one.words)}</text>"
        for one in face.texts
    ]
    path = f'<path shape-rendering="crispEdges" d="{bars}"/>'
    return "\n".join((head, paper, path, *texts, "</svg>", "")).encode()
