create view serving.fields as
select f.code as field, f.position, f.name_vi, f.name_en
from warehouse.dim_field as f;

comment on view serving.fields is 'Fields of the periodic report, by which screens are ordered and rights are given';
comment on column serving.fields.field is 'Code of the field';
comment on column serving.fields.position is 'Its place in the periodic report and on the screens; 0 = it is left off';
comment on column serving.fields.name_vi is 'Name in Vietnamese';
comment on column serving.fields.name_en is 'Name in English';
