"""The words of the demo data: trades, places, jobs to do, campaigns. All of it is made up."""

from typing import NamedTuple


class Place(NamedTuple):
    """A town: its name, the first part of its postcodes, its area code and its region."""

    city: str
    postcode: str
    area: str
    region: str


class Job(NamedTuple):
    """A kind of event: its subject and the stages that carry it out."""

    subject: str
    stages: tuple[str, ...]
    description: str = ""


PLACES = (
    Place("Kraków", "30", "12", "Małopolska"),
    Place("Tarnów", "33", "14", "Małopolska"),
    Place("Nowy Sącz", "33", "18", "Małopolska"),
    Place("Skawina", "32", "12", "Małopolska"),
    Place("Katowice", "40", "32", "Śląsk"),
    Place("Gliwice", "44", "32", "Śląsk"),
    Place("Bielsko-Biała", "43", "33", "Śląsk"),
    Place("Częstochowa", "42", "34", "Śląsk"),
    Place("Warszawa", "02", "22", "Mazowsze"),
    Place("Radom", "26", "48", "Mazowsze"),
    Place("Płock", "09", "24", "Mazowsze"),
    Place("Pruszków", "05", "22", "Mazowsze"),
    Place("Poznań", "60", "61", "Wielkopolska"),
    Place("Kalisz", "62", "62", "Wielkopolska"),
    Place("Leszno", "64", "65", "Wielkopolska"),
    Place("Gdańsk", "80", "58", "Pomorze"),
    Place("Gdynia", "81", "58", "Pomorze"),
    Place("Słupsk", "76", "59", "Pomorze"),
    Place("Wrocław", "50", "71", "Dolny Śląsk"),
    Place("Legnica", "59", "76", "Dolny Śląsk"),
    Place("Świdnica", "58", "74", "Dolny Śląsk"),
)
REGIONS = tuple(dict.fromkeys(place.region for place in PLACES))

TRADES = {
    "Produkcja": ("Odlewnia", "Zakłady Metalowe", "Stolarnia", "Fabryka Okien", "Wytwórnia Mebli"),
    "Handel": ("Hurtownia Elektryczna", "Hurtownia Spożywcza", "Skład Budowlany", "Salon Mebli"),
    "Usługi": ("Biuro Rachunkowe", "Serwis Maszyn", "Drukarnia", "Agencja Reklamowa"),
    "Budownictwo": ("Przedsiębiorstwo Budowlane", "Instalacje Sanitarne", "Zakład Dekarski"),
    "Transport": ("Spedycja", "Przewozy Krajowe", "Centrum Logistyczne"),
}
STEMS = {
    "Produkcja": ("Metal", "Drew", "Plast", "Stal", "Formet", "Szkło", "Tkan"),
    "Handel": ("Agro", "Eko", "Hurt", "Market", "Optim", "Galeria"),
    "Usługi": ("Serwis", "Info", "Audyt", "Media", "Poligraf"),
    "Budownictwo": ("Bud", "Dom", "Inwest", "Beton", "Instal"),
    "Transport": ("Trans", "Cargo", "Auto", "Spedy", "Szlak"),
}
ENDINGS = ("pol", "mex", "tech", "max", "stal", "wit", "land", "art", "system", "plus")
LEGAL_FORMS = ("Sp. z o.o.", "Sp. z o.o.", "Sp. z o.o.", "S.A.", "Sp. k.", "Sp. j.", "s.c.")

POSITIONS = (
    "prezes",
    "członek zarządu",
    "kierownik biura",
    "dyrektor handlowy",
    "kierownik produkcji",
    "księgowość",
    "specjalista ds. zakupów",
    "administrator systemów",
    "sekretariat",
    "kierownik magazynu",
)

JOBS = (
    Job(
        "Informacje o systemie",
        ("Wysłać materiały informacyjne", "Telefon po wysłaniu materiałów"),
        "Klient pytał o zakres modułów i warunki licencji.",
    ),
    Job(
        "Prezentacja systemu w siedzibie klienta",
        (
            "Ustalić termin i uczestników",
            "Przygotować dane do prezentacji",
            "Prezentacja",
            "Podsumowanie",
        ),
        "Najbardziej interesuje ich praca kilku oddziałów na jednej bazie.",
    ),
    Job(
        "Oferta na moduł Kadry i płace",
        ("Zebrać wymagania", "Przygotować ofertę", "Omówić ofertę z klientem"),
    ),
    Job(
        "Oferta na moduł Handel",
        (
            "Zebrać wymagania",
            "Przygotować ofertę",
            "Omówić ofertę z klientem",
            "Negocjacja warunków",
        ),
    ),
    Job(
        "Wdrożenie modułu Księgowość",
        (
            "Analiza przedwdrożeniowa",
            "Instalacja i konfiguracja",
            "Import danych",
            "Szkolenie użytkowników",
            "Odbiór wdrożenia",
        ),
        "Start od nowego okresu rozliczeniowego; bilans otwarcia dostarczy biuro klienta.",
    ),
    Job(
        "Wdrożenie modułu CRM",
        ("Warsztat z handlowcami", "Konfiguracja kampanii", "Szkolenie", "Wsparcie po starcie"),
    ),
    Job(
        "Odnowienie umowy serwisowej",
        ("Przypomnienie telefoniczne", "Wysłać aneks", "Odebrać podpisany aneks"),
    ),
    Job(
        "Przegląd roczny systemu",
        ("Umówić wizytę", "Przegląd na miejscu", "Raport z zaleceniami"),
    ),
    Job(
        "Reklamacja wydruku faktury",
        ("Odtworzyć zgłoszenie", "Poprawić wzorzec wydruku", "Potwierdzić z klientem"),
    ),
    Job("Telefon z zapytaniem o integrację", ("Oddzwonić", "Wysłać opis interfejsu")),
    Job(
        "Szkolenie z nowej wersji",
        ("Uzgodnić program", "Rezerwacja sali", "Szkolenie", "Ankieta po szkoleniu"),
    ),
    Job(
        "Zaproszenie na targi",
        (
            "Wysłać zaproszenie",
            "Potwierdzić obecność",
            "Spotkanie na stoisku",
            "Kontakt po targach",
        ),
    ),
)

INSIDE_JOBS = (
    Job("Porządki w bazie kontaktów", ("Wykaz braków", "Uzupełnienie danych", "Kontrola")),
    Job("Plan sprzedaży na kwartał", ("Zebrać prognozy", "Spotkanie zespołu", "Przyjąć plan")),
    Job("Szkolenie handlowców z prezentacji", ("Materiały", "Ćwiczenia", "Próba generalna")),
    Job("Przygotowanie stoiska targowego", ("Projekt", "Zamówienia", "Transport", "Montaż")),
)

Tree = dict[str, "Tree"]


def leaves(*names: str) -> Tree:
    """Nodes with nothing below them."""
    return {name: {} for name in names}


def autumn() -> Tree:
    """Region, trade, size of the company."""
    sizes = ("do 50 osób", "powyżej 50 osób")
    return {region: {trade: leaves(*sizes) for trade in TRADES} for region in REGIONS}


def fairs() -> Tree:
    """Year, fair, day, warmth of the talk."""
    warmth = ("gorący kontakt", "do rozmowy", "tylko wizytówka")
    days = ("dzień 1", "dzień 2")
    names = ("Targi Poznań", "Kongres ERP Warszawa")
    return {
        year: {name: {day: leaves(*warmth) for day in days} for name in names} for year in years()
    }


def years() -> tuple[str, str]:
    """How the fairs' two years are called."""
    return "Edycja wiosenna", "Edycja jesienna"


def renewals() -> Tree:
    """Contract, module, level of care, region, answer of the client."""
    answers = ("do rozmowy", "negocjacje", "podpisana")
    care = {
        level: {region: leaves(*answers) for region in REGIONS[:3]}
        for level in ("opieka podstawowa", "opieka rozszerzona")
    }
    return {
        "Umowa serwisowa": dict.fromkeys(("Kadry i płace", "Handel", "Księgowość"), care),
        "Umowa wdrożeniowa": dict.fromkeys(("CRM", "Produkcja"), care),
    }


CAMPAIGNS = (
    ("kampania_jesienna", "Kampania jesienna", "Autumn campaign", autumn),
    ("targi", "Targi", "Trade fairs", fairs),
    ("odnowienia", "Odnowienia umów", "Contract renewals", renewals),
)
SOURCES = ("polecenie", "strona internetowa", "targi", "telefon", "baza zakupiona")
CHANNELS = ("telefon", "e-mail", "spotkanie", "wideorozmowa")

ACCOUNTS = (
    ("anna.wilk", "Anna", "Wilk", "Operator", "Handlowcy"),
    ("piotr.zaremba", "Piotr", "Zaremba", "Operator", "Handlowcy"),
    ("marta.gil", "Marta", "Gil", "Operator", "Handlowcy"),
    ("tomasz.bury", "Tomasz", "Bury", "Operator", "Wdrożeniowcy"),
    ("ewa.sikora", "Ewa", "Sikora", "Operator", "Wdrożeniowcy"),
    ("krystyna.lis", "Krystyna", "Lis", "Manager", None),
    ("adam.czyz", "Adam", "Czyż", "Reader", None),
    ("joanna.mak", "Joanna", "Mak", "Definitions editor", None),
)

ZEFIR_SUBJECT = "Informacje o systemie enova"
ZEFIR_WORDS = (
    "wysłać materiały informacyjne tradycyjną pocztą. "
    "Dodatkowo wysłać prezentację i materiały e-maillem."
)

NOTES = (
    "Rozmowa telefoniczna: proszą o **ofertę do końca tygodnia**, decyduje zarząd.",
    "Ustalenia:\n\n- dostawa w dwóch częściach\n- płatność 14 dni\n- kontakt tylko mailowy",
    "Nie odbierają przed 10. Najlepiej dzwonić *po południu*.",
    "> Wrócimy do tematu w nowym kwartale.\n\nPrzypomnieć się na początku stycznia.",
    "Materiały wysłane. Cennik: https://example.com/cennik",
)
PINNED_NOTES = (
    "**Uwaga:** umowy podpisuje tylko prezes, faktury wyłącznie elektroniczne.",
    "Stały rabat 5% od zamówień powyżej 10 000 zł.",
)
