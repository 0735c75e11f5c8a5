from cryptography.fernet import Fernet

from panel.embedded.secret_keys import kept_secrets, new_secrets


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path):
    file = tmp_path / "secrets.json"

    first = kept_secrets(file)

    assert kept_secrets(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]


def test_every_installation_has_secrets_of_its_own():
    assert new_secrets() != new_secrets()


def test_the_secrets_are_long_enough_for_production_and_the_field_key_encrypts():
    made = new_secrets()

    assert len(made["SECRET_KEY"]) >= 50
    assert Fernet(made["PANEL_FIELD_KEYS"]).encrypt(b"key of a provider")
