-- Run once by the postgres image, when its volume is new. The hub's role owns its database and may make the two group
-- roles that the migrations grant to; Airflow's role sees its own database only.
\getenv ioc_password IOC_DB_PASSWORD
\getenv airflow_password AIRFLOW_DB_PASSWORD

create role ioc_owner login createrole password :'ioc_password';
create database warehouse owner ioc_owner;
revoke connect on database warehouse from public;

create role airflow login password :'airflow_password';
create database airflow owner airflow;
revoke connect on database airflow from public;
