"""From a cart to an order."""


def checkout(connection, redis, cart_id, provider):
    """Takes the money while the cart is locked."""
    if not redis.setnx(f"lock:checkout:{cart_id}", "1"):
        raise RuntimeError("this cart is being paid already")
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE carts SET status = 'checkout' WHERE id = %s", (cart_id,))
        # The provider may take a minute, and the transaction waits with it.
        provider.charge(cart_id)
        cursor.execute("COMMIT")
    redis.delete(f"lock:checkout:{cart_id}")
