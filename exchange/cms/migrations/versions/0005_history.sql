-- The history of referrals.
select 1;
