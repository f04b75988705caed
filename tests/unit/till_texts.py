"""The words of the prepared views, in English and French."""

from pos_app.languages.words import Words

FRENCH = {
    "Gold": "Or",
    "pts": "pts",
    "Next reward: 15 € at 1,500": "Prochain avantage : 15 € à 1 500",
    "246 left": "encore 246",
    "Next tier: Platinum by 31/12": "Prochain palier : Platine avant le 31/12",
    "Birthday pastry: 1 free item until 20/12/2026": "Pâtisserie d'anniversaire : 1 article offert jusqu'au 20/12/2026",
    "1 free item to take: scan it": "1 article offert à prendre : scannez-le",
    "4th visit of the month": "4e visite du mois",
    "1 visit left": "encore 1 visite",
    "4 weeks in a row": "4 semaines de suite",
    "1 visit by 29/11/2026 keeps the streak": "1 visite avant le 29/11/2026 garde la série",
    "1 purchase by 20/12/2026 counts for Bring a friend": "1 achat avant le 20/12/2026 compte pour Parrainage",
    "312 € to go": "encore 312 €",
    "Coffee": "Café",
    "1 left, then free": "encore 1, puis offert",
    "22 visits this year": "22 visites cette année",
    "120 pts expire on 31/12": "120 pts expirent le 31/12",
    "As of 14:32. Usable now: 1,208 pts.": "État de 14:32. Utilisable : 1 208 pts.",
    "1 pt per euro": "1 pt par euro",
    "Gold x1.5": "Or x1,5",
    "5 € off": "5 € de remise",
    "10 € off": "10 € de remise",
    "Free coffee": "Café offert",
    "1 stamp card": "1 carte de tampons",
    "not enough points: 254 left": "pas assez de points : encore 254",
    "Another 4.10 € give the third stamp.": "Encore 4,10 € pour le troisième tampon.",
    "Type the amount or scan the products. Enter records, * picks a reward, Esc detaches the member.": (
        "Tapez le montant ou scannez les articles. Entrée enregistre, * choisit un avantage, Échap détache le membre."
    ),
    "Birthday this week: offer the gift (F4).": "Anniversaire cette semaine : offrez le cadeau (F4).",
    "no card": "sans carte",
    "Points and account only": "Points et compte seulement",
    "offers by SMS": "offres par SMS",
    "offers by e-mail": "offres par e-mail",
    "The shop may send you offers by SMS. You can end that at any till, any time.": (
        "Le magasin peut vous envoyer des offres par SMS. Vous pouvez y mettre fin à toute caisse, à tout moment."
    ),
    "5 € voucher": "Bon de 5 €",
    "Next voucher: 5 € voucher": "Prochain bon : Bon de 5 €",
    "180 left": "encore 180",
    "1 voucher": "1 bon",
    "A mug": "Une tasse",
    "1 € for the food bank": "1 € pour la banque alimentaire",
    "Sunday dessert": "Dessert du dimanche",
    "2 vouchers 5 € until 20/12/2026": "2 bons de 5 € jusqu'au 20/12/2026",
    "1 voucher Sunday dessert from 23/11/2026": "1 bon Dessert du dimanche à partir du 23/11/2026",
    "Held at another till: the number asks for it.": "Retenu à une autre caisse : le numéro le demande.",
    "Oat milk; the cup in the left hand": "Lait d'avoine ; la tasse à main gauche",
    "Last incident 08/11/2026: Wrong order · given for it 09/11/2026: + 50 pts": (
        "Dernier incident 08/11/2026 : Erreur de commande · donné pour cela le 09/11/2026 : + 50 pts"
    ),
    "Baguette": "Baguette",
    "Lemon tart, whole, eight slices, to order": "Tarte au citron entière, huit parts, sur commande",
    "The last digit does not fit: scan again, or check the number.": (
        "Le dernier chiffre ne convient pas : scannez de nouveau, ou vérifiez le numéro."
    ),
    "discount 5.00 €": "remise 5,00 €",
    "167 points to your next 10 €.": "167 points avant vos prochains 10 €.",
    "Your number is kept for your points; you can see or erase it any time.": (
        "Votre numéro sert à vos points ; vous pouvez le voir ou l'effacer à tout moment."
    ),
    "Phone already known: Dominique M. Enter attaches, Esc goes back.": (
        "Numéro déjà connu : Dominique M. Entrée rattache, Échap revient."
    ),
    "Was 61.00 €, + 91 pts, reward -5.00 € used": "Ticket de 61,00 €, + 91 pts, récompense de -5,00 € utilisée",
    "takes back 30 pts, gives back 0 of the reward": "reprend 30 pts, ne rend rien de la récompense",
    "Balance 1,254 -> 1,224": "Solde 1 254 -> 1 224",
    "Help": "Aide", "Find": "Chercher", "Enrol": "Inscrire", "Rewards": "Avantages", "Items": "Articles",
    "Return": "Retour", "Card": "Carte", "Alert": "Alerte", "Menu": "Menu", "Lock": "Verrou", "Record": "Enregistrer",
    "Back": "Retour", "Undo": "Annuler", "Next": "Suivant", "Create": "Créer", "Choose": "Choisir",
}  # fmt: skip


class Texts:
    """English or French of the prepared texts."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = Words(language)

    def __call__(self, text: str) -> str:
        return FRENCH[text] if self.language == "fr" else text

    def keys(self, **named: str) -> dict[str, str]:
        """A key map; `Star` stands for the keypad's asterisk."""
        return {key.replace("Star", "*"): self(text) for key, text in named.items()}
