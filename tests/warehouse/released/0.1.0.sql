-- Rows in every table as a hub of 0.1.0 wrote them. Never change this file: it stands for databases that exist.
insert into warehouse.dim_province (code, area_code, name) values ('H37', '20', 'Tỉnh Lạng Sơn');
insert into warehouse.dim_date values ('2023-01-31', 2023, 1, 1, 5, 2, true);
insert into warehouse.dim_area (code, valid_from, valid_to, level, name, sort_key, parent_id, ancestor_ids) values
    ('20', '2020-01-01', null, 'province', 'Tỉnh Lạng Sơn', 'la0ng5 so2n0', null, '{1}'),
    ('05971', '2020-01-01', '2025-07-01', 'commune', 'Phường Hoàng Văn Thụ', 'ho0a0ng1 va1n0 thu05', 1, '{1,2}'),
    ('06187', '2025-07-01', null, 'commune', 'Phường Kỳ Lừa', 'ky1 lu1a01 phu1o2ng1', 1, '{1,3}');
insert into warehouse.area_population values (1, 2023, 802090, 'Niên giám thống kê 2023');
insert into warehouse.area_successor values (2, 3, 1, false);
insert into warehouse.kpi_plan values (1, 'digital_account_plan_rate', 'account=payment', 2023, 1000, 'Kế hoạch 2023');
insert into warehouse.dim_organisation (province_id, code, name, tier, sort_key)
    values (1, '000.00.11.H37', 'Sở Công Thương', 'province', 'so20 co1ng0');
insert into warehouse.dim_service (province_id, code, name, field_code, field_name)
    values (1, '1.000001', 'Cấp phép', 'CT', 'Công thương');
insert into warehouse.dim_channel values ('online', 'Trực tuyến', 'Online');
insert into warehouse.dim_gate values ('huu_nghi', 'Hữu Nghị', 'Huu Nghi');
insert into warehouse.dim_operator values ('vnpt', 'VNPT', 'VNPT');
insert into warehouse.dim_platform values ('postmart', 'Postmart', 'Postmart');
insert into warehouse.dim_field values ('border', 9, 'Cửa khẩu', 'Border gates');
insert into warehouse.kpi_field values ('gate_vehicles', 'border');
insert into warehouse.source_field values ('gate', 'border');

insert into ledger.claim (province_id, source, feed, token) values (1, 'gate', 'vehicles', 3);
insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status, declared, fetched,
    loaded, quarantined, changed_from, finished_at) values
    (1, 'gate', 'vehicles', '2022-12-31', '2023-01-31', 2, 'a1', 'published', 3, 3, 2, 1, '2022-12-31', '2023-02-01 06:00+07'),
    (1, 'dvc', 'dossiers', '2022-12-31', '2023-01-31', 1, 'b2', 'published', 2, 2, 2, 0, '2022-12-31', '2023-02-01 06:01+07'),
    (1, 'telecom', 'subscribers', '2023-01-31', '2023-01-31', 1, 'c3', 'published', 1, 1, 1, 0, '2023-01-31', '2023-02-01 06:02+07');
insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status, reason_vi, reason_en)
    values (1, 'gate', 'vehicles', '2023-02-01', '2023-02-01', 3, 'a1', 'failed', 'bị ngắt', 'interrupted');
insert into ledger.watermark values (1, 'gate', 'vehicles', '2023-01-31', 'c-17', 1);
insert into landing.page values (1, 1, repeat('a', 64), repeat('b', 64), 'call-1', 'GET /v1/vehicles', 3, 900, '["la"]',
    '2023-02-01 05:59+07');
insert into quality.rule_result values
    (1, 'gate_code:known', 'reject', 'ExpectColumnValuesToBeInSet', true, false, 3, 1, null, 'Cửa khẩu có trong danh mục',
    'The gate is listed');
insert into quality.verdict values (1, true, 5, 5, '[]', '2023-02-01 05:59+07');
insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record, fact, fact_row) values
    (1, 1, 3, 'TK-3', '["gate_code:known"]', '{"record": {"cua_khau": "?"}}', 'fact_vehicle', '{"declaration_code": "TK-3"}');
insert into quality.reconciliation (batch_id, measure, breakdown, first_day, last_day, source_value, hub_value, severity,
    equal, correlation_id) values (1, 'gate_vehicles.vehicles', '', '2023-01-31', '2023-01-31', 2, 2, 'warn', true, 'call-2');

insert into warehouse.fact_vehicle (province_id, declaration_code, seq, gate_code, direction, declared_online, declared_at,
    processed_at, status_code, batch_id, page_number) values
    (1, 'TK-1', 2, 'huu_nghi', 'export', true, '2023-01-30 08:00+07', '2023-01-31 09:00+07', 'processed', 1, 1),
    (1, 'TK-2', 2, 'huu_nghi', 'import', false, '2023-01-30 08:00+07', '2023-01-31 10:00+07', 'processed', 1, 1);
insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id, channel_code, level,
    status_code, filed_at, received_at, due_at, ended_at, updated_at, batch_id, page_number) values
    (1, 'HS-1', 1, 1, 2, 'online', 4, 'returned', '2023-01-03 08:00+07', '2023-01-04 08:00+07', '2023-01-10 08:00+07',
    '2023-01-09 08:00+07', '2023-01-09 08:00+07', 2, 1),
    (1, 'HS-2', 1, 1, 2, 'direct', 4, 'received', '2023-01-03 08:00+07', '2023-01-04 08:00+07', null, null,
    '2023-01-09 08:00+07', 2, 1);
insert into warehouse.fact_subscriber values (1, '2023-01-31', 'vnpt', 2, 'mobile_phone', true, 401045, 1, 3, 1);
insert into warehouse.fact_service values (1, '2023-01-31', 1, 4, true, '2022-01-01', null, 2, 1);
insert into warehouse.fact_document (province_id, document_code, organisation_id, issued_at, secret, signed, signed_at,
    updated_at, batch_id, page_number)
    values (1, 'VB-1', 1, '2023-01-05 08:00+07', false, true, '2023-01-05 09:00+07', '2023-01-05 09:00+07', 2, 1);
insert into warehouse.fact_work_file (province_id, work_code, organisation_id, tier, secret, handled_online, opened_at,
    closed_at, updated_at, batch_id, page_number) values (1, 'CV-1', 1, 'province', false, true, '2023-01-05 08:00+07',
    '2023-01-06 08:00+07', '2023-01-06 08:00+07', 2, 1);
insert into warehouse.fact_certificate (province_id, serial, organisation_id, holder, issued_at, updated_at, batch_id,
    page_number) values (1, 'S-1', 1, 'person', '2023-01-05 08:00+07', '2023-01-05 08:00+07', 2, 1);
insert into warehouse.fact_ecommerce values (1, '2023-01-31', 'postmart', 10, 20, 15, 3000000, 7, 2, 2, 1);
insert into warehouse.fact_station values (1, '2023-01-31', 'vnpt', 'LS-1', '4G', 2, 1, 3, 1);
insert into warehouse.fact_revenue (province_id, month_end_day, sector, operator_code, service, revenue_vnd, items,
    submission, batch_id, page_number) values (1, '2023-01-31', 'post', 'vnpt', 'bưu kiện', 5000000, 12, 1, 3, 1);
insert into warehouse.fact_coverage values (1, '2023-01-31', 'T-1', 'Thôn 1', 2, 'good', 1, 3, 1);
insert into warehouse.fact_feedback (province_id, case_code, field_code, area_id, intake, received_at, due_at, completed_at,
    status_code, updated_at, batch_id, page_number) values (1, 'PA-1', 'GIAO_THONG', 2, 'app', '2023-01-05 08:00+07',
    '2023-01-07 08:00+07', '2023-01-06 08:00+07', 'resolved', '2023-01-06 08:00+07', 2, 1);
insert into warehouse.fact_article (province_id, article_code, outlet, published_at, sentiment, batch_id, page_number)
    values (1, 'B-1', 'Báo Lạng Sơn', '2023-01-05 08:00+07', 'positive', 2, 1);
insert into warehouse.fact_post_point values (1, '2023-01-31', 'BC-1', 'post_office', 2, true, 2, 1);
insert into warehouse.fact_account values (1, '2023-01-31', 'payment', 'none', 2, 250, 2, 1);
insert into warehouse.fact_threat values (1, '2023-01-31', 'low', 5, 4, 2, 1);
insert into warehouse.fact_connection values (1, '2023-01-31', 'VN-1', 'CSDL', 'Bộ Tư pháp', true, 'live', 2, 1);

insert into kpi.definition (kpi_id, version, sha256, body)
    values ('gate_vehicles', 1, 'd4', '{"name": {"vi": "Xe", "en": "Vehicles"}, "unit": "vehicles", "measure": "vehicles"}');
insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, revision, value, numerator, status, reason_vi,
    reason_en, data_as_of, definition_version, cause, cause_batch_id, recorded_at) values
    (1, 'gate_vehicles', '2023-01-01', '2023-01-31', 1, 1, null, null, 'missing', 'Chưa có dữ liệu', 'no data yet', null, 1,
    'first', null, '2023-01-15 06:00+07'),
    (1, 'gate_vehicles', '2023-01-01', '2023-01-31', 1, 2, 2, 2, 'official', null, null, '2023-01-31', 1, 'data', 1,
    '2023-02-01 06:05+07');
insert into kpi.refresh (province_id, kpi_id, source, feed, batch_id) values (1, 'gate_vehicles', 'gate', 'vehicles', 1);
insert into kpi.government_message (message_id, province_id, kpi_id, first_day, last_day, observation_id, version, body,
    status, receipt, attempts, sent_at, settled_at) values ('00000000-0000-4000-8000-000000000001', 1, 'gate_vehicles',
    '2023-01-01', '2023-01-31', 2, 1, '{"chi_tieu": [{"gia_tri": 2}]}', 'accepted', 'BN-1', 1, now(), now());

insert into access.account (login, name, role, province_id, area_id, organisations, fields) values
    ('leader', 'Lãnh đạo', 'viewer', 1, null, null, null), ('town', 'UBND', 'department', 1, 2, null, '{border}');
insert into access.session (token_sha256, account_id, expires_at) values (repeat('c', 64), 1, '2023-02-02 06:00+07');
insert into access.api_key (account_id, name, key_sha256, prefix, scopes, expires_at)
    values (1, 'wall', repeat('d', 64), 'ioc_1', '{board}', '2024-01-01');
insert into access.login_attempt (login_sha256, address, succeeded) values (repeat('e', 64), '10.0.0.1', true);
insert into access.read_log (account_id, what, subject) values (1, 'explain', '{"kpi": "gate_vehicles"}');
