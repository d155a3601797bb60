-- Every value that a breakdown can take, with its names. Areas have a view of their own.
create view serving.breakdown_values as
select null::smallint as province_id, v.breakdown, v.value, v.name_vi, v.name_en
from (
    values
        ('level', '2', 'Cung cấp thông tin', 'Information'),
        ('level', '3', 'Một phần', 'Partial online service'),
        ('level', '4', 'Toàn trình', 'Full online service'),
        ('timeliness', 'on_time', 'Đúng hạn', 'On time'),
        ('timeliness', 'late', 'Quá hạn', 'Late'),
        ('holder', 'person', 'Cá nhân', 'Person'),
        ('holder', 'organisation', 'Tổ chức', 'Organisation'),
        ('tier', 'province', 'Cấp tỉnh', 'Province'),
        ('tier', 'district', 'Cấp huyện', 'District'),
        ('tier', 'commune', 'Cấp xã', 'Commune'),
        ('kind', 'fixed', 'Cố định', 'Fixed'),
        ('kind', 'mobile', 'Di động', 'Mobile'),
        ('handset', 'smartphone', 'Điện thoại thông minh', 'Smartphone'),
        ('handset', 'basic', 'Điện thoại phổ thông', 'Basic phone'),
        ('technology', '2G', '2G', '2G'),
        ('technology', '3G', '3G', '3G'),
        ('technology', '4G', '4G', '4G'),
        ('technology', '5G', '5G', '5G'),
        ('coverage', 'good', 'Sóng tốt', 'Good'),
        ('coverage', 'weak', 'Sóng yếu', 'Weak'),
        ('coverage', 'none', 'Trắng sóng', 'None'),
        ('direction', 'export', 'Xuất', 'Export'),
        ('direction', 'import', 'Nhập', 'Import')
) as v (breakdown, value, name_vi, name_en)
union all
select null, 'channel', c.code, c.name_vi, c.name_en from warehouse.dim_channel as c
union all
select null, 'gate', g.code, g.name_vi, g.name_en from warehouse.dim_gate as g
union all
select null, 'operator', o.code, o.name_vi, o.name_en from warehouse.dim_operator as o
union all
select null, 'platform', p.code, p.name_vi, p.name_en from warehouse.dim_platform as p
union all
select o.province_id, 'organisation', o.code, o.name, o.name from warehouse.dim_organisation as o
union all
select s.province_id, 'field', s.field_code, min(s.field_name), min(s.field_name)
from warehouse.dim_service as s
where s.field_code is not null
group by s.province_id, s.field_code;

comment on view serving.breakdown_values is 'Every value that a breakdown can take, with its names; areas are in serving.areas';
comment on column serving.breakdown_values.province_id is 'Province that the value belongs to; null = all';
comment on column serving.breakdown_values.breakdown is 'Breakdown';
comment on column serving.breakdown_values.value is 'Value, as in --where and in results';
comment on column serving.breakdown_values.name_vi is 'Name in Vietnamese';
comment on column serving.breakdown_values.name_en is 'Name in English; an organisation''s and a field''s stay Vietnamese';
