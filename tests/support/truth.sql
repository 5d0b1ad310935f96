-- The truth about a file of sightings, computed from the whole of it at once: an oracle that shares nothing with the
-- product. Input: lines(seq, source, id, revision, retracted, test, grp, country, region, first, last, reason);
-- reason is null for a line that can be counted; days are Julian day numbers; a retraction needs no country.

CREATE TABLE ranked AS
SELECT *, revision * 2 + retracted AS rank,
       max(revision * 2 + retracted) OVER (
           PARTITION BY source, id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS known
FROM lines WHERE reason IS NULL;

CREATE TABLE outcomes AS
SELECT seq, CASE WHEN rank = known THEN 'duplicate' WHEN rank < known THEN 'stale'
                 WHEN retracted THEN 'retracted' WHEN test THEN 'test' ELSE 'accepted' END AS outcome
FROM ranked;

CREATE TABLE evidence AS
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY source, id ORDER BY rank DESC, seq) AS place FROM ranked)
WHERE place = 1 AND NOT retracted AND NOT test;

CREATE TABLE activity AS
SELECT grp, region, country, first AS day, count(*) AS count FROM evidence GROUP BY grp, region, country, first;

CREATE TABLE islands AS
SELECT *, sum(opens) OVER (PARTITION BY grp, country ORDER BY first, seq) AS number
FROM (SELECT *, coalesce(first - max(last) OVER (
                 PARTITION BY grp, country ORDER BY first, seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 9999) > 30
                AS opens FROM evidence);

CREATE TABLE episodes AS
SELECT grp, country, region, number, min(first) AS first, max(last) AS last,
       min(first) - lag(max(last)) OVER (PARTITION BY grp, country ORDER BY number) AS gap
FROM islands GROUP BY grp, country, region, number;
