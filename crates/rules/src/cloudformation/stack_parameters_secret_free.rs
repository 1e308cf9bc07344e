use trailhound_model::kinds::cloudformation::{OUTPUT_SECRETS, PARAMETER_SECRETS, STACK};
use trailhound_model::{Entries, Evidence, SecretLooking, Verdict, Why};

use crate::rule;
use crate::secret::named;
use crate::signs::listed;

rule! {
    /// Stacks show no secrets in parameters and outputs.
    ///
    /// ## Why
    /// Everyone who may describe a stack reads its parameters and outputs, and pipelines print both.
    ///
    /// ## Fix
    /// - Console: update the stack with a template in which the parameter has `NoEcho: true`, or better none at all. Then rotate
    ///   the secret: the old value was seen.
    /// - CLI: `aws cloudformation update-stack --stack-name NAME --template-body file://template.yaml`
    /// - CloudFormation: a dynamic reference, `{{resolve:secretsmanager:NAME:SecretString:password}}`, where the value is used;
    ///   `NoEcho: true` where a parameter has to stay; no output that repeats it.
    ///
    /// ## Limits
    /// A call shows neither the template's defaults nor its `NoEcho`, so a log alone never answers this. A value is taken for a
    /// secret by its format, by a telling name, or by a hinting name and a random value; only the name is kept.
    item: SecretsManaged,
    severity: Medium,
    kinds: [STACK],
    reads: [PARAMETER_SECRETS, OUTPUT_SECRETS],
    opens_on: ["CreateStack", "ExecuteChangeSet", "UpdateStack"],
    closes_on: ["ExecuteChangeSet", "UpdateStack"],
    controls: [(PciDss, "8.6.2"), (Nist80053, "IA-5(7)")],
    judge: |stack, _| {
        let parameters = under("Parameters", stack.entries(&PARAMETER_SECRETS));
        let outputs = under("Outputs", stack.entries(&OUTPUT_SECRETS));
        let secrets = match (parameters, outputs) {
            (Ok(parameters), Ok(outputs)) => parameters.into_iter().chain(outputs).collect(),
            // What is seen in one of them stands, whatever is in the other.
            (Ok(seen), Err(why)) | (Err(why), Ok(seen)) if seen.is_empty() => return Err(why),
            (Ok(seen), Err(_)) | (Err(_), Ok(seen)) => seen,
            (Err(why), Err(_)) => return Err(why),
        };
        Ok(Verdict::unless(secrets, |secrets| {
            format!("the stack shows what looks like secrets: {}", listed(secrets.iter().map(|entry| &*entry.key)))
        }))
    },
}

/// The entries of one section of the stack.
fn under(section: &str, entries: Result<Entries<'_, SecretLooking>, Why>) -> Result<Vec<Evidence>, Why> {
    let entries = named(&entries?)?.into_iter();
    Ok(entries.map(|entry| Evidence::new(format!("{section}/{}", entry.key), entry.detail)).collect())
}
