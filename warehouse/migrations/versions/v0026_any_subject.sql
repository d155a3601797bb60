CREATE TABLE warehouse.dim_value (
    source TEXT NOT NULL,
    column_name TEXT NOT NULL,
    code TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT pk_dim_value PRIMARY KEY (source, column_name, code)
);
CREATE TABLE warehouse.dim_indicator (
    source TEXT NOT NULL,
    code TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    unit TEXT NOT NULL,
    counts TEXT NOT NULL,
    grain TEXT NOT NULL,
    adds_over TEXT[] NOT NULL,
    CONSTRAINT pk_dim_indicator PRIMARY KEY (source, code),
    CONSTRAINT ck_dim_indicator_counts CHECK (counts in ('flow', 'stock')),
    CONSTRAINT ck_dim_indicator_grain CHECK (grain in ('day', 'month', 'year'))
);
CREATE TABLE warehouse.fact_statistic (
    province_id SMALLINT NOT NULL,
    source TEXT NOT NULL,
    indicator TEXT NOT NULL,
    kind TEXT NOT NULL,
    class TEXT NOT NULL,
    area_id INTEGER NOT NULL,
    organisation_id INTEGER NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    value NUMERIC NOT NULL,
    bound TEXT,
    is_estimate BOOLEAN,
    updated_at TIMESTAMP WITH TIME ZONE,
    batch_id BIGINT NOT NULL,
    page_number INTEGER NOT NULL,
    CONSTRAINT pk_fact_statistic PRIMARY KEY (province_id, source, indicator, kind, class, area_id, organisation_id, first_day, last_day),
    CONSTRAINT ck_fact_statistic_bound CHECK (bound in ('exact', 'more', 'nearly', 'about')),
    CONSTRAINT ck_fact_statistic_period CHECK (first_day <= last_day)
);
CREATE INDEX ix_fact_statistic_province_id_source_indicator_last_day ON warehouse.fact_statistic (province_id, source, indicator, last_day);
CREATE TABLE warehouse.fact_case (
    province_id SMALLINT NOT NULL,
    source TEXT NOT NULL,
    case_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    class TEXT,
    channel TEXT,
    area_id INTEGER NOT NULL,
    organisation_id INTEGER,
    status TEXT NOT NULL,
    outcome TEXT,
    received_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    quantity NUMERIC,
    amount_vnd BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_day DATE GENERATED ALWAYS AS (((received_at at time zone 'Asia/Ho_Chi_Minh')::date)) STORED,
    due_day DATE GENERATED ALWAYS AS (((due_at at time zone 'Asia/Ho_Chi_Minh')::date)) STORED,
    done_day DATE GENERATED ALWAYS AS (((done_at at time zone 'Asia/Ho_Chi_Minh')::date)) STORED,
    batch_id BIGINT NOT NULL,
    page_number INTEGER NOT NULL,
    CONSTRAINT pk_fact_case PRIMARY KEY (province_id, source, case_code),
    CONSTRAINT ck_fact_case_status CHECK (status in ('planned', 'open', 'done', 'refused', 'cancelled'))
);
CREATE INDEX ix_fact_case_province_id_source_kind_done_day ON warehouse.fact_case (province_id, source, kind, done_day);
CREATE INDEX ix_fact_case_province_id_source_kind_received_day ON warehouse.fact_case (province_id, source, kind, received_day);
CREATE TABLE warehouse.fact_asset (
    province_id SMALLINT NOT NULL,
    source TEXT NOT NULL,
    asset_code TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    previous_to DATE,
    kind TEXT NOT NULL,
    class TEXT,
    area_id INTEGER NOT NULL,
    organisation_id INTEGER,
    status TEXT,
    opened_day DATE,
    expiry_day DATE,
    quantity NUMERIC,
    level NUMERIC,
    attributes JSONB,
    batch_id BIGINT NOT NULL,
    page_number INTEGER NOT NULL,
    CONSTRAINT pk_fact_asset PRIMARY KEY (province_id, source, asset_code, valid_from),
    CONSTRAINT ck_fact_asset_validity CHECK (valid_from < valid_to)
);
CREATE INDEX ix_fact_asset_province_id_source_kind ON warehouse.fact_asset (province_id, source, kind);
COMMENT ON TABLE warehouse.dim_indicator IS 'Indicators that sources count themselves, as their specifications describe them';
COMMENT ON COLUMN warehouse.dim_indicator.source IS 'Source that counts it';
COMMENT ON COLUMN warehouse.dim_indicator.code IS 'Code used throughout the hub';
COMMENT ON COLUMN warehouse.dim_indicator.name_vi IS 'Name in Vietnamese';
COMMENT ON COLUMN warehouse.dim_indicator.name_en IS 'Name in English';
COMMENT ON COLUMN warehouse.dim_indicator.unit IS 'Unit of its values';
COMMENT ON COLUMN warehouse.dim_indicator.counts IS 'flow: what happened in the days of a value; stock: the state on the last of them';
COMMENT ON COLUMN warehouse.dim_indicator.grain IS 'day, month or year: what the days of each value are';
COMMENT ON COLUMN warehouse.dim_indicator.adds_over IS 'Slices over which values of the same days add up to the whole''s: area, organisation, kind, class';
COMMENT ON TABLE warehouse.fact_statistic IS 'Periodic: values of indicators that a source counts itself';
COMMENT ON COLUMN warehouse.fact_statistic.province_id IS 'Province whose record this is';
COMMENT ON COLUMN warehouse.fact_statistic.source IS 'Source that the row comes from';
COMMENT ON COLUMN warehouse.fact_statistic.indicator IS 'Indicator of the source, see serving.indicators';
COMMENT ON COLUMN warehouse.fact_statistic.kind IS 'First slice of the indicator; none = not sliced';
COMMENT ON COLUMN warehouse.fact_statistic.class IS 'Second slice of the indicator; none = not sliced';
COMMENT ON COLUMN warehouse.fact_statistic.area_id IS 'Area that the value is for; without one the province';
COMMENT ON COLUMN warehouse.fact_statistic.organisation_id IS 'Organisation that the value is for; 0 = of none';
COMMENT ON COLUMN warehouse.fact_statistic.first_day IS 'First day that the value is for';
COMMENT ON COLUMN warehouse.fact_statistic.last_day IS 'Last day that the value is for';
COMMENT ON COLUMN warehouse.fact_statistic.value IS 'Value in the unit of the indicator';
COMMENT ON COLUMN warehouse.fact_statistic.bound IS 'exact, more, nearly or about; null = the source does not say';
COMMENT ON COLUMN warehouse.fact_statistic.is_estimate IS 'The source marks it as an estimate';
COMMENT ON COLUMN warehouse.fact_statistic.updated_at IS 'Last change at the source';
COMMENT ON COLUMN warehouse.fact_statistic.batch_id IS 'Batch that last wrote this row';
COMMENT ON COLUMN warehouse.fact_statistic.page_number IS 'Page of that batch on which the record came';
COMMENT ON TABLE warehouse.fact_case IS 'Accumulating: one row a case of any subject, in its newest known state';
COMMENT ON COLUMN warehouse.fact_case.province_id IS 'Province whose record this is';
COMMENT ON COLUMN warehouse.fact_case.source IS 'Source that the row comes from';
COMMENT ON COLUMN warehouse.fact_case.case_code IS 'Case at the source';
COMMENT ON COLUMN warehouse.fact_case.kind IS 'What kind of case, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_case.class IS 'What it is about, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_case.channel IS 'How it came in, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_case.area_id IS 'Area, resolved from area_code';
COMMENT ON COLUMN warehouse.fact_case.organisation_id IS 'Organisation, resolved from organisation_code';
COMMENT ON COLUMN warehouse.fact_case.status IS 'planned, open, done, refused or cancelled';
COMMENT ON COLUMN warehouse.fact_case.outcome IS 'What came of it, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_case.received_at IS 'Received, or begun';
COMMENT ON COLUMN warehouse.fact_case.due_at IS 'Promised for';
COMMENT ON COLUMN warehouse.fact_case.done_at IS 'Done';
COMMENT ON COLUMN warehouse.fact_case.quantity IS 'How many things or people it is about';
COMMENT ON COLUMN warehouse.fact_case.amount_vnd IS 'Money that it is about, in VND';
COMMENT ON COLUMN warehouse.fact_case.updated_at IS 'Last change at the source; the newest version wins';
COMMENT ON COLUMN warehouse.fact_case.received_day IS 'Day of receipt, Vietnam time';
COMMENT ON COLUMN warehouse.fact_case.due_day IS 'Day for which it was promised, Vietnam time';
COMMENT ON COLUMN warehouse.fact_case.done_day IS 'Day on which it was done, Vietnam time';
COMMENT ON COLUMN warehouse.fact_case.batch_id IS 'Batch that last wrote this row';
COMMENT ON COLUMN warehouse.fact_case.page_number IS 'Page of that batch on which the record came';
COMMENT ON TABLE warehouse.fact_asset IS 'Validity: a thing of any subject for the time in which the source''s lists describe it so';
COMMENT ON COLUMN warehouse.fact_asset.province_id IS 'Province whose record this is';
COMMENT ON COLUMN warehouse.fact_asset.source IS 'Source that the row comes from';
COMMENT ON COLUMN warehouse.fact_asset.asset_code IS 'Thing at the source';
COMMENT ON COLUMN warehouse.fact_asset.valid_from IS 'Day of the first list that describes it so';
COMMENT ON COLUMN warehouse.fact_asset.valid_to IS 'Day of the first list that no longer does; null = the newest still does';
COMMENT ON COLUMN warehouse.fact_asset.previous_to IS 'End of the version before; null = it is the first';
COMMENT ON COLUMN warehouse.fact_asset.kind IS 'What kind of thing, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_asset.class IS 'A second kind, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_asset.area_id IS 'Area, resolved from area_code';
COMMENT ON COLUMN warehouse.fact_asset.organisation_id IS 'Organisation, resolved from organisation_code';
COMMENT ON COLUMN warehouse.fact_asset.status IS 'State of the thing, as the source''s specification names it';
COMMENT ON COLUMN warehouse.fact_asset.opened_day IS 'First day on which it exists, as the source says';
COMMENT ON COLUMN warehouse.fact_asset.expiry_day IS 'Last day on which it exists, as the source says';
COMMENT ON COLUMN warehouse.fact_asset.quantity IS 'How many things or people it stands for';
COMMENT ON COLUMN warehouse.fact_asset.level IS 'Level or rank';
COMMENT ON COLUMN warehouse.fact_asset.attributes IS 'Further values that the source''s specification declares';
COMMENT ON COLUMN warehouse.fact_asset.batch_id IS 'Batch that last wrote this row';
COMMENT ON COLUMN warehouse.fact_asset.page_number IS 'Page of that batch on which the record came';
COMMENT ON TABLE warehouse.dim_value IS 'Names of the codes of facts of any subject, as the specifications of their sources give them';
COMMENT ON COLUMN warehouse.dim_value.source IS 'Source whose records have it';
COMMENT ON COLUMN warehouse.dim_value.column_name IS 'Column of a fact of any subject';
COMMENT ON COLUMN warehouse.dim_value.code IS 'Code used throughout the hub';
COMMENT ON COLUMN warehouse.dim_value.name_vi IS 'Name in Vietnamese';
COMMENT ON COLUMN warehouse.dim_value.name_en IS 'Name in English';
