"""Member cards as pictures: symbols, where they stand on a card, and the card as PNG, SVG or a sheet in PDF."""
