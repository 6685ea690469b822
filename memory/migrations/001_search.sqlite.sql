-- The number joins a learning to its row in the text indexes.
CREATE TABLE learning_numbers (
    number INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE
);
-- `context` holds what surrounds a learning: it finds more than the words of the learning alone.
CREATE VIRTUAL TABLE learning_words USING fts5 (title, tags, body, context, tokenize = 'porter unicode61');
-- Substrings of identifiers, for when the words find nothing.
CREATE VIRTUAL TABLE learning_trigrams USING fts5 (identifiers, tokenize = 'trigram');
