-- Run once by the postgres image, when its volume is new. The owner migrates and nothing else; workers and screens have
-- logins of their own, which can act in the group roles that they need and in no other. Airflow sees its own database.
\getenv ioc_password IOC_DB_PASSWORD
\getenv worker_password IOC_WORKER_DB_PASSWORD
\getenv screens_password IOC_SCREENS_DB_PASSWORD
\getenv airflow_password AIRFLOW_DB_PASSWORD

create role ioc_owner login createrole password :'ioc_password';
create database warehouse owner ioc_owner;
revoke connect on database warehouse from public;

create role ioc_loader nologin;
create role ioc_reader nologin;
create role ioc_screens nologin;
create role ioc_accounts nologin;
grant ioc_loader, ioc_reader, ioc_screens, ioc_accounts to ioc_owner with admin option;

create role ioc_worker_login login password :'worker_password' in role ioc_loader, ioc_reader;
create role ioc_screens_login login password :'screens_password' in role ioc_screens, ioc_accounts, ioc_reader;
grant connect on database warehouse to ioc_worker_login, ioc_screens_login; -- `ioc db migrate` lets logins of BI tools in

create role airflow login password :'airflow_password';
create database airflow owner airflow;
revoke connect on database airflow from public;
revoke connect, temporary on database postgres, template1 from public;
-- The owner limits how much of a disk BI logins fill: with files of their questions, and with the server's log.
grant set on parameter temp_file_limit, log_min_messages to ioc_owner;

-- What PostgreSQL allows every login and no BI login should do, see warehouse/public_rights.py.
\connect warehouse
do $$
declare own text;
begin
    for own in
        select p.oid::regprocedure::text from pg_proc as p where p.pronamespace = 'pg_catalog'::regnamespace
        and p.proname ~ '^(lo_|loread$|lowrite$|pg_logical_emit_message$|pg_(try_)?advisory_|pg_notify$|pg_export_snapshot$|pg_stat_get_(?!activity$|backend_|progress_info$|ssl|gssapi|wal_senders$))'
    loop
        execute format('revoke execute on function %s from public', own);
        if own ~ '^(pg_stat_get_|pg_export_snapshot)' then
            execute format('grant execute on function %s to ioc_owner, pg_monitor', own);
        end if;
    end loop;
end $$;
revoke insert, update, delete, truncate on pg_catalog.pg_settings from public;
