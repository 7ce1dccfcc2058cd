with blocked_with_cols as (
    select
    "l"."born" AS "born_l",
    "l"."born_from" AS "born_from_l",
    "l"."born_swapped" AS "born_swapped_l",
    "l"."born_to" AS "born_to_l",
    "l"."crime" AS "crime_l",
    "l"."email" AS "email_l",
    "l"."forename" AS "forename_l",
    "l"."forename_forms" AS "forename_forms_l",
    "l"."forename_sound" AS "forename_sound_l",
    "l"."forename_words" AS "forename_words_l",
    "l"."home" AS "home_l",
    "l"."phones" AS "phones_l",
    "l"."postcode" AS "postcode_l",
    "l"."referral_id" AS "referral_id_l",
    "l"."street" AS "street_l",
    "l"."surname" AS "surname_l",
    "l"."surname_sound" AS "surname_sound_l",
    "l"."surname_words" AS "surname_words_l",
    "l"."tf_forename" AS "tf_forename_l",
    "l"."tf_surname" AS "tf_surname_l",
    "r"."born" AS "born_r",
    "r"."born_from" AS "born_from_r",
    "r"."born_swapped" AS "born_swapped_r",
    "r"."born_to" AS "born_to_r",
    "r"."crime" AS "crime_r",
    "r"."email" AS "email_r",
    "r"."forename" AS "forename_r",
    "r"."forename_forms" AS "forename_forms_r",
    "r"."forename_sound" AS "forename_sound_r",
    "r"."forename_words" AS "forename_words_r",
    "r"."home" AS "home_r",
    "r"."phones" AS "phones_r",
    "r"."postcode" AS "postcode_r",
    "r"."referral_id" AS "referral_id_r",
    "r"."street" AS "street_r",
    "r"."surname" AS "surname_r",
    "r"."surname_sound" AS "surname_sound_r",
    "r"."surname_words" AS "surname_words_r",
    "r"."tf_forename" AS "tf_forename_r",
    "r"."tf_surname" AS "tf_surname_r",
    b.match_key
    from __splink__blocked_id_pairs as b
    inner join __splink__df_concat_with_tf as l
    on l."referral_id" = b.join_key_l
    inner join __splink__df_concat_with_tf as r
    on r."referral_id" = b.join_key_r
),
__splink__df_comparison_vectors as (
    select
    "referral_id_l",
    "referral_id_r",
    "tf_forename_l",
    "tf_forename_r",
    "tf_surname_l",
    "tf_surname_r",
    CASE
        WHEN (postcode_l is null or postcode_r is null) and (street_l is null or street_r is null) THEN -1
        WHEN postcode_l = postcode_r and home_l = home_r THEN 3
        WHEN postcode_l = postcode_r THEN 2
        WHEN street_l = street_r THEN 1
        ELSE 0
    END as gamma_home,
    CASE
        WHEN born_from_l is null or born_from_r is null THEN -1
        WHEN born_l = born_r and born_l[5:8] <> '0101' THEN 6
        WHEN born_l = born_r THEN 5
        WHEN born_l = born_swapped_r THEN 4
        WHEN damerau_levenshtein(born_l, born_r) <= 1 THEN 3
        WHEN (born_l is null or born_r is null) and born_from_l <= born_to_r and born_from_r <= born_to_l THEN 2
        WHEN born_l is null or born_r is null THEN 1
        ELSE 0
    END as gamma_born,
    CASE
        WHEN crime_l is null or crime_r is null or crime_l <> crime_r THEN -1
        WHEN crime_l = crime_r THEN 1
        ELSE 0
    END as gamma_crime,
    CASE
        WHEN email_l is null or email_r is null THEN -1
        WHEN email_l = email_r THEN 1
        ELSE 0
    END as gamma_email,
    CASE
        WHEN forename_l is null or forename_r is null THEN -1
        WHEN forename_l = forename_r THEN 8
        WHEN forename_l = surname_r and surname_l = forename_r THEN 7
        WHEN list_contains(forename_forms_l, forename_r) or list_contains(forename_forms_r, forename_l) THEN 6
        WHEN least(length(forename_l), length(forename_r)) >= 3 and greatest(length(forename_l), length(forename_r)) >= 4 and damerau_levenshtein(forename_l, forename_r) <= 1 THEN 5
        WHEN list_has_any(forename_forms_l, forename_forms_r) THEN 4
        WHEN list_has_any(forename_words_l, forename_words_r) THEN 3
        WHEN least(length(forename_l), length(forename_r)) = 1 and forename_l[1] = forename_r[1] THEN 2
        WHEN forename_sound_l = forename_sound_r or jaro_winkler_similarity(forename_l, forename_r) >= 0.92 THEN 1
        ELSE 0
    END as gamma_forename,
    CASE
        WHEN len(phones_l) = 0 or len(phones_r) = 0 THEN -1
        WHEN list_has_any(phones_l, phones_r) THEN 1
        ELSE 0
    END as gamma_phone,
    CASE
        WHEN surname_l is null or surname_r is null THEN -1
        WHEN surname_l = surname_r THEN 5
        WHEN forename_l = surname_r and surname_l = forename_r THEN 4
        WHEN least(length(surname_l), length(surname_r)) >= 3 and greatest(length(surname_l), length(surname_r)) >= 4 and damerau_levenshtein(surname_l, surname_r) <= 1 THEN 3
        WHEN list_has_any(surname_words_l, surname_words_r) THEN 2
        WHEN surname_sound_l = surname_sound_r or jaro_winkler_similarity(surname_l, surname_r) >= 0.92 THEN 1
        ELSE 0
    END as gamma_surname,
    match_key
    from blocked_with_cols
),
__splink__df_match_weight_parts as (
    select
    "referral_id_l",
    "referral_id_r",
    gamma_forename,
    CASE
        WHEN gamma_forename = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_forename = 8 THEN
            cast(8.665111749814775 as float8)
        WHEN gamma_forename = 7 THEN
            cast(14.571634151857067 as float8)
        WHEN gamma_forename = 6 THEN
            cast(6.301244524473111 as float8)
        WHEN gamma_forename = 5 THEN
            cast(6.818033348099965 as float8)
        WHEN gamma_forename = 4 THEN
            cast(-0.10208997417760782 as float8)
        WHEN gamma_forename = 3 THEN
            cast(0.8656254457000647 as float8)
        WHEN gamma_forename = 2 THEN
            cast(7.137349644485655 as float8)
        WHEN gamma_forename = 1 THEN
            cast(-1.724401811380028 as float8)
        WHEN gamma_forename = 0 THEN
            cast(-7.637928981009013 as float8)
    END as mw_forename,
    CASE
        WHEN gamma_forename = -1 THEN cast(0 as float8)
        WHEN gamma_forename = 8 THEN
            CASE
                WHEN coalesce("tf_forename_l", "tf_forename_r") is not null THEN
                    cast(1.0 as float8) * (
                        cast(-8.857427106571668 as float8) - log2(greatest(coalesce("tf_forename_l", "tf_forename_r"), coalesce("tf_forename_r", "tf_forename_l"), cast(0.0 as float8)))
                    )
                ELSE cast(0 as float8)
            END
        WHEN gamma_forename = 7 THEN cast(0 as float8)
        WHEN gamma_forename = 6 THEN cast(0 as float8)
        WHEN gamma_forename = 5 THEN cast(0 as float8)
        WHEN gamma_forename = 4 THEN cast(0 as float8)
        WHEN gamma_forename = 3 THEN cast(0 as float8)
        WHEN gamma_forename = 2 THEN cast(0 as float8)
        WHEN gamma_forename = 1 THEN cast(0 as float8)
        WHEN gamma_forename = 0 THEN cast(0 as float8)
    END as mw_tf_adj_forename,
    gamma_surname,
    CASE
        WHEN gamma_surname = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_surname = 5 THEN
            cast(9.195710378683943 as float8)
        WHEN gamma_surname = 4 THEN
            cast(14.572226512793694 as float8)
        WHEN gamma_surname = 3 THEN
            cast(7.7538532926160055 as float8)
        WHEN gamma_surname = 2 THEN
            cast(-0.8093128462508472 as float8)
        WHEN gamma_surname = 1 THEN
            cast(-2.5283459243290194 as float8)
        WHEN gamma_surname = 0 THEN
            cast(-4.640389560054945 as float8)
    END as mw_surname,
    CASE
        WHEN gamma_surname = -1 THEN cast(0 as float8)
        WHEN gamma_surname = 5 THEN
            CASE
                WHEN coalesce("tf_surname_l", "tf_surname_r") is not null THEN
                    cast(1.0 as float8) * (
                        cast(-9.354139741288426 as float8) - log2(greatest(coalesce("tf_surname_l", "tf_surname_r"), coalesce("tf_surname_r", "tf_surname_l"), cast(0.0 as float8)))
                    )
                ELSE cast(0 as float8)
            END
        WHEN gamma_surname = 4 THEN cast(0 as float8)
        WHEN gamma_surname = 3 THEN cast(0 as float8)
        WHEN gamma_surname = 2 THEN cast(0 as float8)
        WHEN gamma_surname = 1 THEN cast(0 as float8)
        WHEN gamma_surname = 0 THEN cast(0 as float8)
    END as mw_tf_adj_surname,
    gamma_born,
    CASE
        WHEN gamma_born = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_born = 6 THEN
            cast(14.077469489620578 as float8)
        WHEN gamma_born = 5 THEN
            cast(14.098477768518165 as float8)
        WHEN gamma_born = 4 THEN
            cast(9.321842094765678 as float8)
        WHEN gamma_born = 3 THEN
            cast(3.0071268616417637 as float8)
        WHEN gamma_born = 2 THEN
            cast(4.5682360086864655 as float8)
        WHEN gamma_born = 1 THEN
            cast(-5.024733372141583 as float8)
        WHEN gamma_born = 0 THEN
            cast(-8.223519086790732 as float8)
    END as mw_born,
    gamma_phone,
    CASE
        WHEN gamma_phone = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_phone = 1 THEN
            cast(10.060808334346623 as float8)
        WHEN gamma_phone = 0 THEN
            cast(-2.735666583987103 as float8)
    END as mw_phone,
    gamma_email,
    CASE
        WHEN gamma_email = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_email = 1 THEN
            cast(19.931280001458248 as float8)
        WHEN gamma_email = 0 THEN
            cast(-2.736965594166206 as float8)
    END as mw_email,
    gamma_home,
    CASE
        WHEN gamma_home = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_home = 3 THEN
            cast(16.447341565370678 as float8)
        WHEN gamma_home = 2 THEN
            cast(5.408689406806646 as float8)
        WHEN gamma_home = 1 THEN
            cast(11.378836713210614 as float8)
        WHEN gamma_home = 0 THEN
            cast(-2.736965594166206 as float8)
    END as mw_home,
    gamma_crime,
    CASE
        WHEN gamma_crime = -1 THEN
            cast(0.0 as float8)
        WHEN gamma_crime = 1 THEN
            cast(3.169925001442312 as float8)
        WHEN gamma_crime = 0 THEN
            cast(0.0 as float8)
    END as mw_crime,
    match_key
    from __splink__df_comparison_vectors
),
__splink__df_predict as (
    select
    cast(-19.28080174517428 as float8) + mw_forename + mw_tf_adj_forename + mw_surname + mw_tf_adj_surname + mw_born + mw_phone + mw_email + mw_home + mw_crime as match_weight,
    CASE
            WHEN (cast(-19.28080174517428 as float8) + mw_forename + mw_tf_adj_forename + mw_surname + mw_tf_adj_surname + mw_born + mw_phone + mw_email + mw_home + mw_crime) >= 0 THEN
                1.0 / (1.0 + POWER(cast(2 as float8), -(cast(-19.28080174517428 as float8) + mw_forename + mw_tf_adj_forename + mw_surname + mw_tf_adj_surname + mw_born + mw_phone + mw_email + mw_home + mw_crime)))
            ELSE
                POWER(cast(2 as float8), (cast(-19.28080174517428 as float8) + mw_forename + mw_tf_adj_forename + mw_surname + mw_tf_adj_surname + mw_born + mw_phone + mw_email + mw_home + mw_crime)) /
                (1.0 + POWER(cast(2 as float8), (cast(-19.28080174517428 as float8) + mw_forename + mw_tf_adj_forename + mw_surname + mw_tf_adj_surname + mw_born + mw_phone + mw_email + mw_home + mw_crime)))
        END as match_probability,
    "referral_id_l",
    "referral_id_r",
    gamma_forename,
    gamma_surname,
    gamma_born,
    gamma_phone,
    gamma_email,
    gamma_home,
    gamma_crime,
    match_key
    from __splink__df_match_weight_parts
)
select match_weight, referral_id_l, referral_id_r, gamma_forename, gamma_surname, gamma_born, gamma_phone, gamma_email, gamma_home, gamma_crime from __splink__df_predict
