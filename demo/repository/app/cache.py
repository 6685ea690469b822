"""What is kept in Redis."""

import json
import random

HOUR = 3600


class Cache:
    def __init__(self, redis):
        self.redis = redis

    def product(self, product_id, load):
        """A product's page data."""
        key = f"cache:product:{product_id}"
        found = self.redis.get(key)
        if found is None:
            found = json.dumps(load(product_id))
            self.redis.set(key, found)
        return json.loads(found)

    def start_session(self, session_id, user_id):
        """Sessions end by themselves; the jitter keeps them from ending together."""
        key = f"session:{session_id}"
        pipe = self.redis.pipeline()
        pipe.hset(key, mapping={"user": user_id})
        pipe.expire(key, int(24 * HOUR * random.uniform(0.9, 1.1)))
        pipe.execute()

    def forget_pages(self, tenant_id):
        """After a price change."""
        for key in self.redis.keys(f"cache:page:{tenant_id}:*"):
            self.redis.delete(key)
