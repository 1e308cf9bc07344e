//! KMS keys.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A key. Its id is its key id, which replicas of a multi-Region key share.
pub static KEY: KindDef = KindDef {
    name: "AWS::KMS::Key",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:kms:{region}:{account}:key/{id}"),
    facets: &[&MANAGER.def, &ORIGIN.def, &POLICY.def, &ROTATION.def, &SPEC.def, &STATE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The key policy; absent means the one KMS writes itself, which lets in the account and nobody else.
pub static POLICY: Facet<Value> =
    Facet::property("KeyPolicy").read_by(&["kms:GetKeyPolicy"]).initially(Initial::Absent);

/// Whether KMS rotates the key material by itself.
pub static ROTATION: Facet<bool> =
    Facet::property("EnableKeyRotation").read_by(&["kms:GetKeyRotationStatus"]).initially(Initial::OFF);

/// What the key is made of: `SYMMETRIC_DEFAULT`, `RSA_4096`, ...
pub static SPEC: Facet<String> = Facet::property("KeySpec")
    .read_by(&["kms:DescribeKey"])
    .initially(Initial::Default(|_| Value::from("SYMMETRIC_DEFAULT")));

/// Where the key material is from: `AWS_KMS`, or imported or kept elsewhere.
pub static ORIGIN: Facet<String> =
    Facet::property("Origin").read_by(&["kms:DescribeKey"]).initially(Initial::Default(|_| Value::from("AWS_KMS")));

/// Whose key it is: `CUSTOMER`, or `AWS` for those that services make.
pub static MANAGER: Facet<String> = Facet::observed("KeyManager")
    .read_by(&["kms:DescribeKey"])
    .initially(Initial::Default(|_| Value::from("CUSTOMER")));

/// `Enabled`, `Disabled`, `PendingDeletion`, `PendingReplicaDeletion`, `PendingImport`, ...
pub static STATE: Facet<String> =
    Facet::observed("KeyState").read_by(&["kms:DescribeKey"]).initially(Initial::Default(|_| Value::from("Enabled")));
