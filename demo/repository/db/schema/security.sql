-- The tenant of the request, set by the connection pool for each check-out.
CREATE FUNCTION current_tenant() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN current_setting('shop.tenant')::bigint;
END
$$;

ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_reviews ON reviews USING (tenant_id = current_tenant());
