"""How each kind of question becomes a SELECT; see `vitrail.query.sql`."""
