//! The DynamoDB table as data: its keys and indexes, for whoever makes it (the stack's template, tests) and whoever is to be
//! allowed to use it. The rows are described in `docs/table.md`.

/// Partition key of the table.
pub const PARTITION: &str = "PK";
/// Sort key of the table.
pub const SORT: &str = "SK";
/// The attribute by which DynamoDB deletes old rows, if retention is configured: seconds since 1970.
pub const EXPIRES: &str = "expires";

/// An index of the table. It is sparse: it holds only the rows that have its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Its partition key, a string.
    pub partition: &'static str,
    /// Its sort key, a string.
    pub sort: &'static str,
    /// The attributes it holds besides all keys. None that changes with every event is among them, so that most commits
    /// write to no index.
    pub include: &'static [&'static str],
}

/// Findings in the order of listing, alerts that were not published, records with work to do.
pub const BY_STATE: Index = Index {
    name: "GSI1",
    partition: "GSI1PK",
    sort: "GSI1SK",
    include: &[
        "format",
        "partition",
        "account",
        "region",
        "kind",
        "resource",
        "rule",
        "item",
        "severity",
        "status",
        "opened_at",
        "opened_by",
        "closed_at",
        "closed_by",
        "message",
        "transitions",
        "finding",
        "number",
        "told",
    ],
};

/// Findings by rule, resources by kind and account.
pub const BY_RULE: Index = Index {
    name: "GSI2",
    partition: "GSI2PK",
    sort: "GSI2SK",
    include: &[
        "format",
        "partition",
        "account",
        "region",
        "kind",
        "resource",
        "rule",
        "item",
        "severity",
        "status",
        "opened_at",
        "opened_by",
        "closed_at",
        "closed_by",
        "message",
        "finding",
    ],
};

/// Transitions by day, resources by id.
pub const BY_DAY: Index = Index {
    name: "GSI3",
    partition: "GSI3PK",
    sort: "GSI3SK",
    include: &[
        "format",
        "partition",
        "account",
        "region",
        "kind",
        "resource",
        "rule",
        "severity",
        "step",
        "time",
        "actor",
        "event_name",
        "event_id",
        "message",
    ],
};

/// All indexes.
pub const INDEXES: [Index; 3] = [BY_STATE, BY_RULE, BY_DAY];

/// What whoever commits needs to be allowed on the table and its indexes. A transaction needs what its writes need.
pub const ACTIONS: [&str; 5] =
    ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"];

/// What whoever looks for what is pending needs, on the table and its indexes.
pub const SWEEP_ACTIONS: [&str; 4] =
    ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"];

/// What whoever claims and publishes alerts needs, on the table alone.
pub const PUBLISH_ACTIONS: [&str; 2] = ["dynamodb:GetItem", "dynamodb:UpdateItem"];

/// What whoever reads findings needs, on the table and its indexes.
pub const READ_ACTIONS: [&str; 2] = ["dynamodb:GetItem", "dynamodb:Query"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indexes_are_ones_that_dynamodb_accepts() {
        let included: usize = INDEXES.iter().map(|index| index.include.len()).sum();
        assert!(included <= 100, "a table's indexes may name 100 attributes in all, these name {included}");
        for index in INDEXES {
            let mut names = index.include.to_vec();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), index.include.len(), "{} names an attribute twice", index.name);
            assert!(!names.contains(&"ledger"), "{}: ledgers change with every event", index.name);
        }
    }
}
