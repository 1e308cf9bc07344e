use trailhound_model::kinds::eks::{CLUSTER, ENDPOINT_PUBLIC_ACCESS, PUBLIC_ACCESS_CIDRS};
use trailhound_model::{Evidence, Verdict};

use crate::network::is_internet;
use crate::rule;
use crate::signs::listed;

rule! {
    /// The Kubernetes API of a cluster is not open to the internet.
    ///
    /// ## Why
    /// Who reaches the API needs one stolen token, or one flaw in the API server, to own the cluster.
    ///
    /// ## Fix
    /// - Console: EKS → cluster → Networking → Manage endpoint access → Private, or Public and private with your own
    ///   addresses under Advanced settings.
    /// - CLI: `aws eks update-cluster-config --name NAME --resources-vpc-config
    ///   endpointPublicAccess=false,endpointPrivateAccess=true`, or `publicAccessCidrs=198.51.100.0/24`
    /// - CloudFormation: `EndpointPublicAccess: false`, or `PublicAccessCidrs`, in `ResourcesVpcConfig` of
    ///   `AWS::EKS::Cluster`.
    ///
    /// ## Limits
    /// A public endpoint that only some addresses may reach passes: more than one /8 (one /32 of IPv6) of public addresses
    /// counts as the internet. An update takes minutes to be in force and is judged as asked for.
    item: PrivateNetwork,
    severity: High,
    kinds: [CLUSTER],
    reads: [ENDPOINT_PUBLIC_ACCESS, PUBLIC_ACCESS_CIDRS],
    opens_on: ["CreateCluster", "UpdateClusterConfig"],
    closes_on: ["DeleteCluster", "UpdateClusterConfig"],
    controls: [
        (SecurityHub, "~EKS.1"),
        (Nist80053, "AC-3"),
        (Nist80053, "SC-7"),
        (AwsConfig, "~eks-endpoint-no-public-access"),
    ],
    judge: |cluster, _| {
        let public = cluster.get(&ENDPOINT_PUBLIC_ACCESS).known();
        if matches!(public, Ok(Some(false))) {
            return Ok(Verdict::Pass);
        }
        let cidrs = cluster.get(&PUBLIC_ACCESS_CIDRS).known()?.unwrap_or_default();
        if !is_internet(cidrs.iter().map(String::as_str))? {
            return Ok(Verdict::Pass);
        }
        public?;
        // One that is the whole internet is what to change; where none is, they are it together.
        let whole = |cidr: &&String| is_internet([cidr.as_str()]) == Ok(true);
        let open: Vec<&String> = cidrs.iter().filter(whole).collect();
        let open = if open.is_empty() { cidrs.iter().collect() } else { open };
        let entries = open.into_iter().map(|cidr| Evidence::new(&**cidr, "may reach the public endpoint")).collect();
        Ok(Verdict::unless(entries, |entries| {
            format!("the Kubernetes API is open to the internet: {}", listed(entries.iter().map(|entry| &*entry.key)))
        }))
    },
}
