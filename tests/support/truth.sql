-- The truth about a file of sightings, computed from the whole of it at once: an oracle that shares nothing with the
-- product. Input, days being Julian day numbers:
--   lines(seq, source, id, revision, retracted, test, grp, country, region, first, last, proves, origin, reason);
--     grp as written, proves: the grade is enough; reason is null for a line that can be counted;
--   names(name, id); affiliations(member, parent, since, until), an open end as a day far off.

CREATE TABLE ranked AS
SELECT *, revision * 2 + retracted AS rank,
       max(revision * 2 + retracted) OVER (
           PARTITION BY source, id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS known
FROM lines WHERE reason IS NULL;

CREATE TABLE outcomes AS
SELECT seq, CASE WHEN rank = known THEN 'duplicate' WHEN rank < known THEN 'stale'
                 WHEN retracted THEN 'retracted' WHEN test THEN 'test' ELSE 'accepted' END AS outcome
FROM ranked;

CREATE TABLE standing AS
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY source, id ORDER BY rank DESC, seq) AS place FROM ranked)
WHERE place = 1 AND NOT retracted AND NOT test;

CREATE TABLE counting AS
WITH RECURSIVE reached(seq, grp, first, last) AS (
    SELECT seq, coalesce((SELECT id FROM names WHERE name = grp), grp), first, last FROM standing
    UNION
    SELECT seq, parent, max(first, since), min(last, until)
    FROM reached JOIN affiliations ON member = grp AND max(first, since) <= min(last, until))
SELECT DISTINCT seq, grp FROM reached;

CREATE TABLE evidence AS
SELECT counting.grp, seq, id, country, region, first, last, proves, origin
FROM counting JOIN standing USING (seq);

CREATE INDEX near ON evidence (grp, country, first);

CREATE TABLE qualifying AS
SELECT * FROM evidence AS one
WHERE proves OR EXISTS (
    SELECT 1 FROM evidence AS other
    WHERE other.grp = one.grp AND other.country = one.country AND other.origin <> one.origin
      AND other.first BETWEEN one.first - 3 AND one.first + 3);

CREATE TABLE activity AS
SELECT grp, region, country, first AS day, count(*) AS count,
       sum(seq IN (SELECT seq FROM qualifying AS q WHERE q.grp = e.grp)) AS proving
FROM evidence AS e GROUP BY grp, region, country, first;

CREATE TABLE islands AS
SELECT *, sum(opens) OVER (PARTITION BY proved, grp, country ORDER BY first, seq) AS number
FROM (SELECT *, coalesce(first - max(last) OVER (
                 PARTITION BY proved, grp, country ORDER BY first, seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 9999) > 30
                AS opens
      FROM (SELECT *, seq IN (SELECT seq FROM qualifying AS q WHERE q.grp = e.grp) AS proved FROM evidence AS e));

CREATE TABLE runs AS
SELECT proved, grp, country, region, number, min(first) AS first, max(last) AS last
FROM islands GROUP BY proved, grp, country, region, number;

CREATE TABLE episodes AS
SELECT *, first - lag(last) OVER (PARTITION BY grp, country ORDER BY first) AS gap FROM runs WHERE proved;

CREATE TABLE candidates AS
SELECT * FROM runs AS run
WHERE NOT proved AND NOT EXISTS (
    SELECT 1 FROM episodes AS e WHERE e.grp = run.grp AND e.country = run.country
      AND max(run.first - e.last, e.first - run.last) <= 30);

CREATE TABLE spreads AS
WITH first_days AS (
    SELECT grp, region, country, min(first) AS day FROM episodes GROUP BY grp, region, country),
thirds AS (
    SELECT *, day - lag(day, 2) OVER line AS span,
           lag(country, 1) OVER line AS second, lag(country, 2) OVER line AS third
    FROM first_days WINDOW line AS (PARTITION BY grp, region ORDER BY day, country)),
close AS (
    SELECT *, coalesce(span <= 30, 0) AS together FROM thirds),
begun AS (
    SELECT *, together AND NOT coalesce(lag(together) OVER (PARTITION BY grp, region ORDER BY day, country), 0) AS begins
    FROM close),
numbered AS (
    SELECT *, sum(begins) OVER (PARTITION BY grp, region ORDER BY day, country) AS number FROM begun WHERE together)
SELECT grp, region, min(day) AS day, count(*) + 2 AS countries FROM numbered GROUP BY grp, region, number;
