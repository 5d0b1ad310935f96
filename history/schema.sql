-- The read model: what was ever known, and when it was known. A cache of Kafka's topics, which anybody may open and read.
--
-- Days are YYYY-MM-DD, both ends in. Instants are YYYY-MM-DD HH:MM:SS.ffffff, UTC. Both sort as text.
-- A version is known at an instant T if known_from < T and (known_until is null or known_until >= T).

create table identity (
    key text primary key,
    value text not null
) without rowid;  -- schema version, prefix, ids of the topics, policy: a file of another identity is built again

create table input_position (
    topic text not null,
    partition integer not null,
    next_offset integer not null,
    primary key (topic, partition)
) without rowid;  -- written in the transaction of the rows that the records before it became

create table country (
    code text primary key,  -- ISO 3166-1 alpha-2, or XK
    name text not null,
    region text not null    -- UN M49
) without rowid;

create table sighting_version (
    version integer primary key,  -- in the order in which the evidence was read
    source text not null,
    id text not null,
    revision integer not null,
    group_written text not null,  -- as the producer wrote it
    group_form text not null,     -- its comparable form; names and affiliations of groups apply on top
    country text not null,
    region text not null,
    first_day text not null,
    last_day text not null,
    begins_by text not null,      -- latest possible first day
    ends_from text,               -- earliest possible last day; null: last_day is exact
    arrived text not null,        -- when the sighting arrived
    archival integer not null,
    kind text not null,
    origin text,                  -- as written
    origin_form text,             -- comparable form of the origin, else of the source; null: a placeholder
    grade text,                   -- Admiralty code of the sighting; null: that of its source applies
    qualifies_alone integer not null,  -- the grade is sufficient without corroboration
    admin1 text,
    place text,
    latitude real,
    longitude real,
    title text,
    url text,
    doubt text,
    known_from text not null,
    known_until text              -- corrected, moved or withdrawn at this instant; null: current
);
create index sighting_version_place on sighting_version (group_form, country, first_day);
create index sighting_version_group on sighting_version (group_form, first_day);
create index sighting_version_country on sighting_version (country, first_day);
create index sighting_version_first_day on sighting_version (first_day);
create index sighting_version_id on sighting_version (source, id, revision);
create index sighting_version_long on sighting_version (last_day, first_day, group_form, country)
    where julianday(last_day) - julianday(first_day) > 31;

create index sighting_version_point on sighting_version (latitude, longitude) where latitude is not null;
create index sighting_version_province on sighting_version (admin1) where admin1 is not null;

create index sighting_version_ahead on sighting_version (first_day) where first_day > known_from;

create index sighting_version_from on sighting_version (group_form, country, known_from, first_day);
create index sighting_version_until on sighting_version (group_form, country, known_until, known_from, first_day)
    where known_until is not null;
create index sighting_version_revised on sighting_version (group_form, country) where revision > 1;
create index sighting_version_late on sighting_version (group_form, country, known_from, first_day)
    where julianday(known_from) - julianday(first_day) > 64;

create table written_name (
    group_form text primary key,  -- comparable form of a name that a sighting gives to its group
    name text not null,           -- the spelling that was known first; a registered group is shown by its id instead
    known_from text not null
) without rowid;

create table group_version (
    version integer primary key,
    group_id text not null,
    group_form text not null,     -- comparable form of the id
    json text not null,           -- names and affiliations, as in the topic groups
    known_from text not null,
    known_until text
);
create index group_version_id on group_version (group_id);
create index group_version_form on group_version (group_form, group_id, known_from, known_until);

create table run_version (
    version integer primary key,
    group_form text not null,     -- comparable form of the group's id, or of its name if it is not registered
    country text not null,
    region text not null,
    status text not null,         -- confirmed: an episode; candidate: none of its sightings qualifies
    kind text,                    -- first_ever, re_emergence or returned; null: within the window of an episode
    first_day text not null,
    last_day text not null,
    begins_by text,               -- latest possible first day; null: first_day is exact
    ends_from text,               -- earliest possible last day; null: last_day is exact
    firm text not null,           -- all: its days are exact to within the window; some: from firm_first to firm_last
    firm_first text,
    firm_last text,
    previous_last_day text,       -- last day of the episode before
    previous_ends_from text,
    origins integer not null,     -- independent origins of its beginning
    by_affiliation text not null, -- JSON: the factions that its beginning names, if not the group itself
    doubts text not null,         -- JSON: why the beginning is uncertain; empty if a sighting has no doubt
    archival integer not null,    -- all sightings of the beginning are from archives
    trigger_source text not null, -- the first sighting of the first day
    trigger_id text not null,
    known_from text not null,
    known_until text
);
create index run_version_from on run_version (group_form, country, known_from);
create index run_version_until on run_version (group_form, country, known_until);
create index run_version_now on run_version (country, group_form, first_day) where known_until is null;
create index run_version_listed
    on run_version (first_day, last_day, status, kind, known_from, group_form, country, known_until)
    where known_until is null;
create index run_version_short on run_version (known_from, known_until)
    where julianday(known_until) - julianday(known_from) <= 64;
create index run_version_long on run_version (known_until, known_from)
    where julianday(known_until) - julianday(known_from) > 64;

create table run_cut (
    version integer primary key,
    group_form text not null,     -- the columns up to trigger_id are those of run_version
    country text not null,
    region text not null,
    status text not null,
    kind text,
    first_day text not null,
    last_day text not null,
    begins_by text,
    ends_from text,
    firm text not null,
    firm_first text,
    firm_last text,
    previous_last_day text,
    previous_ends_from text,
    origins integer not null,
    by_affiliation text not null,
    doubts text not null,
    archival integer not null,
    trigger_source text not null,
    trigger_id text not null,
    from_day text not null,       -- the run looks like this if only sightings that begin up to this day count
    until_day text                -- or up to any later day before this one; null: up to any later day
);  -- runs as they are formed from what is known now and begins up to a day, before the day in cut_place
create index run_cut_from on run_cut (group_form, country, from_day);
create index run_cut_until on run_cut (group_form, country, until_day);
create index run_cut_now on run_cut (last_day, from_day) where until_day is null;
create index run_cut_short on run_cut (from_day, until_day)
    where julianday(until_day) - julianday(from_day) <= 64;
create index run_cut_long on run_cut (until_day, from_day)
    where julianday(until_day) - julianday(from_day) > 64;

create table cut_place (
    group_form text not null,
    country text not null,
    settled text not null,        -- the rows of run_cut hold for days before this day; text that sorts first: for none
    primary key (group_form, country)
) without rowid;
create index cut_place_settled on cut_place (settled);

create table pending_place (
    group_form text not null,
    country text not null,
    since text not null,          -- run versions known after this instant are out of date
    primary key (group_form, country)
) without rowid;

create table alert_event (
    alert_id text not null,
    revision integer not null,
    number integer unique,        -- in the order in which the page got them, from 1; null until the backlog is read
    type text not null,
    kind text not null,
    status text not null,
    group_id text not null,
    group_form text not null,
    country text not null,
    region text not null,
    first_day text not null,
    last_day text not null,
    arrived text not null,
    event text not null,          -- JSON, as in the topic alerts
    primary key (alert_id, revision)
);
create index alert_event_arrived on alert_event (arrived);
create index alert_event_group on alert_event (group_form);
create index alert_event_known on alert_event (alert_id, revision, arrived, number);

create table alert_name (
    name_form text not null,      -- comparable form of a name of the group, in any event of the alert
    alert_id text not null,
    primary key (name_form, alert_id)
) without rowid;

create table alert (
    number integer primary key,   -- in the order of the first events, from 1
    alert_id text not null unique,
    published text not null,      -- when its first event arrived
    announced text,               -- kind with which it was first confirmed; null: it never was, nobody was notified
    revision integer not null,    -- of the latest event; the other columns are as in that event
    kind text not null,
    status text not null,
    group_id text not null,
    group_form text not null,
    country text not null,
    region text not null,
    first_day text not null,
    last_day text not null
);  -- every alert with a numbered event, as it is now

create table delivery (
    partition integer not null,
    position integer not null,    -- offset in the topic deliveries
    delivery_id text not null,    -- one for each alert and destination
    destination text not null,
    alert_id text not null,
    alert_revision integer not null,
    group_id text not null,
    country text not null,
    arrived text not null,
    due_at text,                  -- earliest time to send it in a digest; null: at once
    primary key (partition, position)
) without rowid;
create index delivery_id on delivery (delivery_id);
create index delivery_alert on delivery (alert_id);

create table ledger (
    delivery_id text primary key,
    destination text not null,
    alert_id text not null,
    alert_revision integer not null,  -- that the message shows; of a dead entry, the last that could not be sent
    state text not null,          -- sent or dead
    via text not null,            -- slack, console, webhook, teams or email
    channel text,
    message_ts text,
    digest text,                  -- id of the digest that holds it; null: it has a message of its own
    form text not null,           -- full or plain
    error text,
    attempts integer not null,
    ambiguous integer not null
) without rowid;

create table outbox (
    key text primary key,         -- in the order of the queue
    delivery_id text not null,
    destination text not null
) without rowid;

create table rejection (
    partition integer not null,
    position integer not null,    -- offset in the topic rejected
    source text,
    id text,
    reason text not null,
    arrived text,
    rejection text not null,      -- JSON, as in the topic rejected, without the original record
    primary key (partition, position)
) without rowid;
create index rejection_source on rejection (source, arrived);
create index rejection_reason on rejection (source, reason);

-- The views show what is known now. For what was known at an instant, use the condition at the top instead.

create view sightings_now as
    select source, id, revision, group_written as group_name, sighting_version.country, country.name as country_name,
        sighting_version.region, first_day, last_day, kind, origin, grade, admin1, place, latitude, longitude, title,
        url, doubt, archival, arrived
    from sighting_version left join country on country.code = sighting_version.country
    where known_until is null;

create view episodes_now as
    select group_form,
        coalesce(
            (select max(group_id) from group_version
                where group_version.group_form = run_version.group_form and group_version.known_until is null),
            (select name from written_name where written_name.group_form = run_version.group_form),
            group_form
        ) as group_name,
        run_version.country, country.name as country_name, run_version.region, kind, first_day, last_day,
        coalesce(begins_by, first_day) as begins_by, coalesce(ends_from, last_day) as ends_from, origins,
        previous_last_day, known_from
    from run_version left join country on country.code = run_version.country
    where known_until is null and status = 'confirmed';

create view first_seen as
    select group_form, group_name, country, country_name, region, min(first_day) as first_seen,
        max(last_day) as last_seen, count(first_day) as episodes
    from episodes_now
    group by group_form, country;
