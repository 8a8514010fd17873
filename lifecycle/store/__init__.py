"""What keeps histories durably: one implementation in SQLAlchemy Core. It loads SQLAlchemy: import it late."""
