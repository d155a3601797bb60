create view serving.populations as
select p.area_id, p.year, p.population, p.basis
from warehouse.area_population as p;

comment on view serving.populations is 'People of an area by year, the denominator of densities';
comment on column serving.populations.area_id is 'Area, see serving.areas';
comment on column serving.populations.year is 'Year for which the figure is used';
comment on column serving.populations.population is 'People';
comment on column serving.populations.basis is 'Where the figure comes from';
