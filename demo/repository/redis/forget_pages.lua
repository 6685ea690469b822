-- Removes every cached page of a tenant.
local pages = redis.call('KEYS', 'cache:page:' .. ARGV[1] .. ':*')
for _, key in ipairs(pages) do
  redis.call('DEL', key)
end
return #pages
