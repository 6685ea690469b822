"""Orders: the list in the back office, and the history of a customer."""

LIST = """
    SELECT id, user_id, order_number, total_cents, created_at
    FROM orders
    WHERE tenant_id = %s AND status = %s
    ORDER BY created_at DESC
    LIMIT 50
"""

HISTORY = """
    SELECT id, status, total_cents
    FROM orders
    WHERE user_id = %s
    ORDER BY created_at DESC
    LIMIT 10
"""


def order_list(connection, tenant_id, status):
    """The newest orders of a tenant, each with its items."""
    with connection.cursor() as cursor:
        cursor.execute(LIST, (tenant_id, status))
        orders = cursor.fetchall()
        for order in orders:
            cursor.execute(
                "SELECT id, product_id, quantity, unit_price_cents FROM order_items WHERE order_id = %s",
                (order["id"],),
            )
            order["items"] = cursor.fetchall()
    return orders


def history(connection, user_id):
    """The last orders of a customer."""
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, (user_id,))
        return cursor.fetchall()


def all_orders(connection, page):
    """The export page by page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_number, status, total_cents FROM orders ORDER BY id DESC LIMIT 100 OFFSET %s",
            (page * 100,),
        )
        return cursor.fetchall()
