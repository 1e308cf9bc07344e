-- Made last when a store is filled, which is quicker than keeping them up to date meanwhile.
CREATE UNIQUE INDEX resources_by_identity ON resources (id, kind, account, region, partition);
CREATE UNIQUE INDEX aliases_by_name ON aliases (name, space, kind, account, region);
