"""Steps of the database schema, run by `kit.database.Database.upgrade`."""
