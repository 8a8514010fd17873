"""What keeps histories durably: one implementation in SQLAlchemy Core. It loads SQLAlchemy, so import it when it is used."""
