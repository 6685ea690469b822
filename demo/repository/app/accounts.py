"""Users: sign-in and profile."""


def find_by_email(connection, email):
    """The account of an address, however it was typed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, tenant_id, name FROM users WHERE lower(email) = %s", (email.lower(),))
        return cursor.fetchone()


def names_of(connection, user_ids):
    """Names for a list of users, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM users WHERE id = ANY(%s)", (user_ids,))
        return {row["id"]: row["name"] for row in cursor.fetchall()}
