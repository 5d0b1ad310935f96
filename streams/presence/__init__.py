"""Changes of evidence -> episodes of groups in countries and areas, and the alerts about them. Pure.

What happens when a sighting is withdrawn, in the order of the files:

1. ``fold.py`` removes its row, and finds the groups that it counted for. A group in a country or an area is a place
   (``rows.py``).
2. ``days.py`` removes it from the row of its day in each place, and decides anew which of the days near it are
   corroborated (``qualification.py`` has the rule).
3. ``transitions.py`` finds what the changed days mean for the runs of days of the place. A run is an episode if its
   sightings qualify, and else a candidate. ``run_rows.py`` updates their rows: a run that is bridged without the day
   stays; any other is built again from the rows of its days (``runs.py``). ``onsets.py`` updates how a run begins.
4. ``appearances.py`` says what the runs are, before and after: first in the country, or returned after how long. It
   also finds spreads in the first days of a group in several countries.
5. ``alerts.py`` compares. The alert of an appearance that is gone is retracted; that of one that is no longer new, or
   is now part of an earlier one, is superseded; others are updated. Nothing follows if nothing that is shown differs.
6. ``events.py`` stores the alerts, and builds their events with the sightings that decide.

A sighting that is added or corrected takes the same path. Changes of groups and areas are in ``pieces/``.
"""
