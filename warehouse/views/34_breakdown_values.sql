-- Every value that a breakdown can take, with its names, and the codes of records' other columns: the one place where
-- a code gets its words. Areas have a view of their own.
create view serving.breakdown_values as
select
    null::smallint as province_id, v.breakdown, v.value, v.name_vi, v.name_en, string_to_array(v.views, ' ') as views,
    true as is_listed, null::text as source
from (
    values
        ('level', '2', 'Cung cấp thông tin', 'Information', null),
        ('level', '3', 'Một phần', 'Partial online service', null),
        ('level', '4', 'Toàn trình', 'Full online service', null),
        ('timeliness', 'on_time', 'Đúng hạn', 'On time', null),
        ('timeliness', 'late', 'Quá hạn', 'Late', null),
        ('holder', 'person', 'Cá nhân', 'Person', null),
        ('holder', 'organisation', 'Tổ chức', 'Organisation', null),
        ('tier', 'province', 'Cấp tỉnh', 'Province', null),
        ('tier', 'district', 'Cấp huyện', 'District', null),
        ('tier', 'commune', 'Cấp xã', 'Commune', null),
        ('kind', 'fixed', 'Cố định', 'Fixed', 'subscribers'),
        ('kind', 'mobile', 'Di động', 'Mobile', 'subscribers'),
        ('kind', 'post_office', 'Bưu cục', 'Post office', 'post_points'),
        ('kind', 'culture_post', 'Điểm bưu điện - văn hoá xã', 'Commune post and culture point', 'post_points'),
        ('kind', 'agent', 'Đại lý', 'Agent', 'post_points'),
        ('handset', 'smartphone', 'Điện thoại thông minh', 'Smartphone', null),
        ('handset', 'basic', 'Điện thoại phổ thông', 'Basic phone', null),
        ('technology', '2G', '2G', '2G', null),
        ('technology', '3G', '3G', '3G', null),
        ('technology', '4G', '4G', '4G', null),
        ('technology', '5G', '5G', '5G', null),
        ('coverage', 'good', 'Sóng tốt', 'Good', null),
        ('coverage', 'weak', 'Sóng yếu', 'Weak', null),
        ('coverage', 'none', 'Trắng sóng', 'None', null),
        ('direction', 'export', 'Xuất', 'Export', null),
        ('direction', 'import', 'Nhập', 'Import', null),
        ('status', 'resolved', 'Đã xử lý', 'Resolved', 'feedback'),
        ('status', 'in_progress', 'Đang xử lý', 'In progress', 'feedback'),
        ('status', 'refused', 'Từ chối', 'Refused', 'feedback'),
        ('status', 'new', 'Mới nộp', 'Filed', 'dossiers'),
        ('status', 'received', 'Đã tiếp nhận', 'Received', 'dossiers'),
        ('status', 'not_accepted', 'Không tiếp nhận', 'Not accepted', 'dossiers'),
        ('status', 'in_process', 'Đang giải quyết', 'In process', 'dossiers'),
        ('status', 'supplement_asked', 'Chờ bổ sung hồ sơ', 'Supplement asked for', 'dossiers'),
        ('status', 'fee_due', 'Chờ nộp phí, lệ phí', 'Fee due', 'dossiers'),
        ('status', 'withdrawn', 'Công dân rút hồ sơ', 'Withdrawn', 'dossiers'),
        ('status', 'stopped', 'Dừng giải quyết', 'Stopped', 'dossiers'),
        ('status', 'processed', 'Đã giải quyết xong', 'Processed', 'dossiers'),
        ('status', 'returned', 'Đã trả kết quả', 'Returned', 'dossiers'),
        ('status', 'declared', 'Đã khai báo', 'Declared', 'vehicles'),
        ('status', 'processed', 'Đã qua cửa khẩu', 'Crossed', 'vehicles'),
        ('status', 'cancelled', 'Đã huỷ khai báo', 'Cancelled', 'vehicles'),
        ('status', 'live', 'Chính thức', 'Live', 'connections'),
        ('status', 'trial', 'Thử nghiệm', 'On trial', 'connections'),
        ('status', 'none', 'Chưa kết nối', 'Not connected', 'connections'),
        ('kind', 'none', 'Không phân loại', 'Not sliced', 'statistics'),
        ('class', 'none', 'Không phân nhóm', 'Not sliced', 'statistics'),
        ('status', 'planned', 'Dự kiến', 'Planned', 'cases'),
        ('status', 'open', 'Đang xử lý', 'Open', 'cases'),
        ('status', 'done', 'Hoàn thành', 'Done', 'cases'),
        ('status', 'refused', 'Từ chối', 'Refused', 'cases'),
        ('status', 'cancelled', 'Huỷ', 'Cancelled', 'cases'),
        ('account', 'citizen_app', 'Công dân số', 'Citizen app', null),
        ('account', 'payment', 'Thanh toán', 'Payment', null),
        ('account', 'commerce', 'Mua bán', 'Commerce', null),
        ('platform', 'none', 'Không qua sàn', 'No platform', 'accounts'),
        ('sentiment', 'positive', 'Tích cực', 'Positive', null),
        ('sentiment', 'negative', 'Tiêu cực', 'Negative', null),
        ('sentiment', 'neutral', 'Trung lập', 'Neutral', null),
        ('severity', 'low', 'Thấp', 'Low', null),
        ('severity', 'medium', 'Trung bình', 'Medium', null),
        ('severity', 'high', 'Cao', 'High', null),
        ('severity', 'critical', 'Nghiêm trọng', 'Critical', null)
) as v (breakdown, value, name_vi, name_en, views)
union all
select null, 'channel', c.code, c.name_vi, c.name_en, null, true, null from warehouse.dim_channel as c
union all
select null, 'gate', g.code, g.name_vi, g.name_en, null, true, null from warehouse.dim_gate as g
union all
select null, 'operator', o.code, o.name_vi, o.name_en, null, true, null from warehouse.dim_operator as o
union all
select null, 'platform', p.code, p.name_vi, p.name_en, null, true, null from warehouse.dim_platform as p
union all
select o.province_id, 'organisation', o.code, o.name, o.name, null, true, null
from warehouse.dim_organisation as o
where not o.is_inferred
union all
select
    u.province_id,
    u.dimension,
    u.code,
    'Chưa có trong danh mục (' || u.code || ')',
    'Not in the reference data (' || u.code || ')',
    null,
    false,
    null
from serving.unlisted_codes as u
where u.dimension <> 'area'
group by u.province_id, u.dimension, u.code
union all
select
    s.province_id, 'field', s.field_code, min(s.field_name), min(s.field_name), array['dossiers', 'services'], true, null
from warehouse.dim_service as s
where s.field_code is not null
group by s.province_id, s.field_code
union all
select
    f.province_id, 'field', f.field_code, coalesce(min(v.name_vi), f.field_code), coalesce(min(v.name_en), f.field_code),
    array['feedback'], true, null
from warehouse.fact_feedback as f
left join warehouse.dim_value as v on v.column_name = 'field_code' and v.code = f.field_code
where f.field_code is not null
group by f.province_id, f.field_code
union all
select f.province_id, 'ministry', f.ministry, f.ministry, f.ministry, null, true, null
from warehouse.fact_connection as f
where f.ministry is not null
group by f.province_id, f.ministry
union all
select
    null, v.column_name, v.code, v.name_vi, v.name_en, array['statistics', 'cases', 'assets'], true, v.source
from warehouse.dim_value as v
where v.column_name <> 'field_code'
union all
select null, 'indicator', i.code, i.name_vi, i.name_en, array['statistics'], true, i.source
from warehouse.dim_indicator as i
union all
select c.province_id, o.breakdown, o.code, o.code, o.code, array['cases'], true, c.source
from warehouse.fact_case as c
cross join lateral (values ('class', c.class), ('channel', c.channel), ('outcome', c.outcome)) as o (breakdown, code)
where o.code is not null and not exists (
    select from warehouse.dim_value as v
    where v.source = c.source and v.column_name = o.breakdown and v.code = o.code
)
group by c.province_id, c.source, o.breakdown, o.code;

comment on view serving.breakdown_values is 'Every value that a breakdown or a coded column can take, with its names; areas are in serving.areas';
comment on column serving.breakdown_values.province_id is 'Province that the value belongs to; null = all';
comment on column serving.breakdown_values.breakdown is 'Breakdown, or coded column of a view';
comment on column serving.breakdown_values.value is 'Value, as in --where and in results';
comment on column serving.breakdown_values.name_vi is 'Name in Vietnamese';
comment on column serving.breakdown_values.name_en is 'Name in English; names that a source gives stay Vietnamese';
comment on column serving.breakdown_values.views is 'Serving views in which it has this value; null = all that have it';
comment on column serving.breakdown_values.is_listed is 'False: only records name it, the reference data do not list it';
comment on column serving.breakdown_values.source is 'Source whose records have it, of records of any subject; null = all';
