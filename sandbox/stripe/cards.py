"""The cards that people pay with here, and what becomes of each. The numbers are Stripe's well-known test numbers."""

from dataclasses import dataclass

from sandbox.stripe.store import Store, Thing

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
STOLEN = "4000000000005423"


@dataclass(frozen=True)
class Card:
    """What happens when it pays: a decline, or something that follows the payment."""

    words: str
    brand: str = "visa"
    decline: str = ""
    then: str = ""


CARDS = {
    GOOD: Card("pays"),
    "5555555555554444": Card("pays (another card)", brand="mastercard"),
    "378282246310005": Card("pays (a third card)", brand="amex"),
    DECLINED: Card("is declined", decline="generic_decline"),
    "4000000000009995": Card("is declined: insufficient funds", decline="insufficient_funds"),
    "4000000000009987": Card("is declined: lost card", decline="lost_card"),
    "4000000000009979": Card("is declined: stolen card", decline="stolen_card"),
    STOLEN: Card("pays, then an early fraud warning", then="early_fraud_warning"),
    "4000000000000259": Card("pays, then a dispute", then="dispute"),
    "4000000000001976": Card("pays, then an inquiry", then="inquiry"),
    "4000000000005126": Card("pays; its refunds fail after a while", then="refund_fails"),
    "4000000000007726": Card("pays; its refunds arrive after a while", then="refund_waits"),
}
DECLINE_WORDS = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "fraudulent": "Your card was declined.",
}
BRANDS = {"3": "amex", "5": "mastercard", "6": "discover"}
BANK_OF = {
    "usd": "us_bank_account",
    "gbp": "bacs_debit",
    "aud": "au_becs_debit",
    "jpy": "konbini",
    "cad": "acss_debit",
}


def bank_method(currency: str) -> str:
    """The method that pays later in this currency."""
    return BANK_OF.get(currency, "sepa_debit")


def digits_of(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def card_of(number: str) -> Card:
    return CARDS.get(number) or Card("pays", brand=BRANDS.get(number[:1], "visa"))


def card_details(store: Store, number: str, amount: int) -> Thing:
    """A card as a charge shows it: the same number has the same fingerprint at this merchant."""
    brand = card_of(number).brand
    return {
        "card": {
            "amount_authorized": amount,
            "authorization_code": None,
            "brand": brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "pass",
            },
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": store.letters(f"card:{number}", 16),
            "funding": "credit",
            "installments": None,
            "last4": number[-4:],
            "mandate": None,
            "network": brand,
            "network_token": {"used": False},
            "network_transaction_id": None,
            "regulated_status": "unregulated",
            "three_d_secure": None,
            "wallet": None,
        },
        "type": "card",
    }


def bank_details(store: Store, method: str, account: str) -> Thing:
    return {
        method: {
            "bank_name": "STRIPE TEST BANK",
            "fingerprint": store.letters(f"bank:{account}", 16),
            "last4": account[-4:],
        },
        "type": method,
    }
