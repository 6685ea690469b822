-- Takes ARGV[2] pieces of product ARGV[1] from the stock hash KEYS[1], if there are enough.
local left = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local wanted = tonumber(ARGV[2])
if left < wanted then
  return 0
end
redis.call('HINCRBY', KEYS[1], ARGV[1], -wanted)
return 1
