use std::collections::{BTreeMap, HashMap};

use super::*;

/// A small deterministic generator: tests must not depend on a random crate's stream.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    fn text(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize])).collect()
    }

    fn hex(&mut self, len: usize) -> String {
        self.text(b"0123456789abcdef", len)
    }

    fn word(&mut self) -> String {
        let syllables = ["ka", "lo", "mi", "ra", "ten", "vos", "qui", "bel", "dor", "fy", "gus", "har"];
        (0..2 + self.below(3)).map(|_| syllables[self.below(12) as usize]).collect()
    }

    fn words(&mut self, least: u64, most: u64, glue: &str) -> String {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(glue)
    }

    fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|len| self.hex(len)).join("-")
    }

    fn date(&mut self) -> String {
        format!("20{:02}-{:02}-{:02}", 20 + self.below(6), 1 + self.below(12), 1 + self.below(28))
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

type Family = (&'static str, u64, fn(&mut Dice) -> Vec<u8>);

macro_rules! family {
    ($name:literal, $count:literal, |$d:ident| $body:expr) => {
        ($name, $count, |$d: &mut Dice| $body.into_bytes())
    };
}

const ALNUM: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const URLSAFE: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const FAMILIES: &[Family] = &[
    family!("session", 9000, |d| format!("session:{}", d.uuid())),
    family!("profile", 5000, |d| format!("user:{}:profile", d.below(1_000_000))),
    family!("settings", 5000, |d| format!("user:{}:settings", d.below(1_000_000))),
    family!("cart", 3000, |d| format!("cart:{}", d.below(10_000_000))),
    family!("followers", 2000, |d| format!("user:{}:followers", d.words(1, 1, ""))),
    family!("article slug", 3000, |d| format!("article:{}", d.words(2, 7, "-"))),
    family!("search", 3000, |d| format!("search:q:{}", d.words(1, 5, " "))),
    family!("rate by ip", 3000, |d| format!(
        "rate:{}.{}.{}.{}:{}",
        d.below(256),
        d.below(256),
        d.below(256),
        d.below(256),
        d.pick(&["login", "api"])
    )),
    family!("rate6", 500, |d| format!("rate6:2001:db8:{:x}::{:x}", 1 + d.below(65535), 1 + d.below(65535))),
    family!("token", 2000, |d| format!("token:{}", d.text(URLSAFE, 32))),
    family!("refresh", 2000, |d| format!("oauth2:refresh:{}", d.text(ALNUM, 40))),
    family!("code", 1000, |d| format!("2fa:{}", 100_000 + d.below(900_000))),
    family!("s3", 1000, |d| format!("s3:obj:{}", d.hex(40))),
    family!("http cache", 1500, |d| format!("http2:cache:{}", d.hex(32))),
    family!("short sha", 1500, |d| format!("build:{}:log", d.hex(8))),
    family!("feed", 2000, |d| format!("feed:{}", d.below(500_000))),
    family!("cafe", 500, |d| format!("cafe:menu:{}", d.below(5_000))),
    family!("dead", 500, |d| format!("dead:letter:{}", d.text(CROCKFORD, 26))),
    family!("hash tag", 3000, |d| format!("{{t{}}}:orders:{}", d.below(400), d.below(100_000))),
    family!("hash tag user", 1500, |d| format!("{{user:{}}}:inbox", d.below(100_000))),
    family!("metric", 4000, |d| format!(
        "metric:cpu:{}:{}",
        d.pick(&["web1", "web2", "db1"]),
        1_700_000_000 + d.below(10_000_000)
    )),
    family!("daily", 1500, |d| format!("stats:daily:{}", d.date())),
    family!("daily user", 2500, |d| format!("uv:{}:{}", d.date(), d.below(100_000))),
    family!("email", 1500, |d| format!("email:{}@{}.com", d.words(1, 2, "."), d.word())),
    family!("shard", 1000, |d| format!("queue:shard{}:{}", d.below(64), d.uuid())),
    family!("v1", 1000, |d| format!("api:v1:resp:{}", d.hex(32))),
    family!("v2", 1000, |d| format!("api:v2:resp:{}", d.hex(32))),
    family!("object id", 2000, |d| format!("doc:{}", d.hex(24))),
    family!("nanoid", 1500, |d| format!("link:{}", d.text(URLSAFE, 21))),
    family!("short id", 1500, |d| format!("short:{}", d.text(ALNUM, 7))),
    family!("tenant", 3000, |d| format!(
        "tenant:{}:invoice:{}",
        d.pick(&["acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka"]),
        d.below(100_000)
    )),
    family!("underscore", 1500, |d| format!("lock_order_{}", d.below(100_000))),
    family!("dots", 1500, |d| format!("app.user.{}.last_seen", d.below(100_000))),
    family!("dash", 1000, |d| format!("job-{}", d.uuid())),
    family!("page", 1500, |d| format!("page:/products/{}/reviews/{}", d.below(10_000), d.below(50))),
    family!("url", 1000, |d| format!("fetch:https://{}.com/{}?p={}", d.word(), d.words(1, 3, "/"), d.below(100))),
    family!("geo", 500, |d| format!(
        "geo:{}.{:04},{}.{:04}",
        d.below(90),
        d.below(10_000),
        d.below(180),
        d.below(10_000)
    )),
    family!("epoch ms", 1000, |d| format!("evt:{}:{}", 1_700_000_000_000 + d.below(10_000_000_000), d.below(1000))),
    family!("random 32", 1500, |d| format!("rand:{}", d.below(4_294_967_296))),
    ("binary", 1000, |d| [b"img:".to_vec(), (0..16).map(|_| d.below(256) as u8).collect()].concat()),
    ("binary thumb", 500, |d| {
        [b"pic:".to_vec(), (0..16).map(|_| d.below(256) as u8).collect(), b":thumb".to_vec()].concat()
    }),
    family!("root user", 1500, |d| format!("{}{}", d.words(2, 3, ""), ":theme")),
    family!("free root", 1000, |d| d.words(4, 7, "_")),
    family!("locale", 900, |d| format!("i18n:{}:{}", d.pick(&["en", "fr", "de"]), d.hex(16))),
    family!("translation", 900, |d| format!(
        "product:{}:text:{}",
        d.below(10_000),
        d.pick(&["en", "fr", "de", "pt-br"])
    )),
    family!("level", 60, |d| format!("work:{}", d.pick(&["high", "low", "default"]))),
    family!("category", 3000, |d| format!("pages:/{}/{}", d.word(), d.words(2, 4, "-"))),
    family!("hours", 900, |d| format!("hits:{}{:02}", d.date().replace('-', ""), d.below(24))),
    family!("config", 60, |d| format!("config:{}", d.words(3, 3, "_"))),
    family!("product", 2000, |d| format!("product:{}:stock:{}", d.below(10_000), d.pick(&["berlin", "paris", "rome"]))),
];

/// Families whose slot of few values is, by design, one template for each value.
fn family_of(name: &str, key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key);
    let part = |at: usize| text.split(':').nth(at).unwrap_or_default().to_owned();
    match name {
        "rate by ip" => format!("{name} {}", part(2)),
        "metric" => format!("{name} {}", part(2)),
        "product" => format!("{name} {}", part(3)),
        _ => name.to_owned(),
    }
}

fn keyspace(scale: u64, sorted: bool) -> Vec<(Vec<u8>, String)> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut keys = Vec::new();
    for (name, count, make) in FAMILIES {
        for _ in 0..count * scale / 10 {
            let key = make(&mut dice);
            let family = family_of(name, &key);
            keys.push((key, family));
        }
    }
    if !sorted {
        for at in (1..keys.len()).rev() {
            let other = dice.below(at as u64 + 1) as usize;
            keys.swap(at, other);
        }
    }
    keys
}

/// The share of keys whose group is exactly their family.
fn grouping_accuracy(keys: &[(Vec<u8>, String)]) -> (f64, usize, String) {
    let templates = mine(keys.iter().map(|(key, _)| key.as_slice()));
    let mut groups: BTreeMap<String, HashMap<&str, usize>> = BTreeMap::new();
    let mut families: HashMap<&str, usize> = HashMap::new();
    for (key, family) in keys {
        *groups.entry(templates.template_of(key)).or_default().entry(family).or_default() += 1;
        *families.entry(family).or_default() += 1;
    }
    let mut right = 0;
    let mut wrong = String::new();
    for (template, members) in &groups {
        let exact = members.len() == 1 && members.iter().all(|(family, count)| families[family] == *count);
        if exact {
            right += members.values().sum::<usize>();
        } else {
            let mut members: Vec<_> = members.iter().collect();
            members.sort();
            wrong += &format!("{template}  {members:?}\n");
        }
    }
    (right as f64 / keys.len() as f64, groups.len(), wrong)
}

#[test]
fn groups_names_by_family_with_traps() {
    for (scale, sorted) in [(10, false), (10, true), (1, false)] {
        let (accuracy, groups, wrong) = grouping_accuracy(&keyspace(scale, sorted));
        assert!(
            accuracy >= 0.98 && groups <= 80,
            "scale {scale} sorted {sorted}: {accuracy:.4} in {groups} groups\n{wrong}"
        );
    }
}

#[test]
fn every_name_counts_once_for_a_template_that_is_listed() {
    let keys = keyspace(4, false);
    let templates = mine(keys.iter().map(|(key, _)| key.as_slice()));
    assert_eq!(templates.list().iter().map(|template| template.keys).sum::<u64>(), keys.len() as u64);
    let mut counted: HashMap<String, u64> = HashMap::new();
    for (key, _) in &keys {
        *counted.entry(templates.template_of(key)).or_default() += 1;
    }
    for template in templates.list() {
        assert_eq!(counted.get(&template.text), Some(&template.keys), "{}", template.text);
    }
}

#[test]
fn single_names_get_the_template_that_their_shape_suggests() {
    let templates = Templates::default();
    for (name, expected) in [
        ("cart:17", "cart:{id}"),
        ("{user:1000}:cart", "{user:{id}}:cart"),
        ("user:550e8400-e29b-41d4-a716-446655440000:profile", "user:{uuid}:profile"),
        ("s3:oauth2:v2", "s3:oauth2:v2"),
        ("feed:cafe:dead", "feed:cafe:dead"),
        ("rate:10.0.0.1", "rate:{ip}"),
        ("rate:2001:db8::1:login", "rate:{ip}:login"),
        ("log:2024-01-15T10:30:00Z", "log:{date}"),
        ("stat:20240115", "stat:{date}"),
        ("evt:1700000000", "evt:{ts}"),
        ("mail:a.b@example.com", "mail:{email}"),
        ("obj:d41d8cd98f00b204e9800998ecf8427e", "obj:{hex}"),
        ("ulid:01ARZ3NDEKTSV4RRFFQ69G5FAV", "ulid:{ulid}"),
        ("page:https://example.com/a?b=1", "page:{url}"),
        ("order_17_items", "order_{id}_items"),
        ("app.user.5.name", "app.user.{id}.name"),
        ("q:hello big world", "q:{text}"),
        ("", ""),
        (":", ":"),
        ("a::b", "a::b"),
    ] {
        assert_eq!(templates.template_of(name.as_bytes()), expected, "{name}");
    }
    assert_eq!(templates.template_of(b"img:\xff\xfe:\x00"), "img:{bin}");
}
