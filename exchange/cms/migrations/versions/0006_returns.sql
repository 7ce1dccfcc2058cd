-- Versions of returns: a placeholder for the migration of that name.
select 1;
