//! Makes up an archive of CloudTrail files: a few accounts and Regions, a few hundred callers who mostly look around, and
//! tens of thousands of resources that some of them create, change and delete in an order that could have happened.
//!
//! Records have the fields, the order of fields and the sizes that real ones have. Everything follows from the seed.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use libdeflater::{CompressionLvl, Compressor};

/// What to make up.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// How many records in all files together.
    pub records: u64,
    /// How many of 1,000 records change something.
    pub mutating_per_mille: u32,
    /// How many records one file holds; the last may hold fewer.
    pub records_per_file: u64,
    /// Different seeds give different archives.
    pub seed: u64,
}

impl Default for Spec {
    /// A million records, one of a thousand mutating.
    fn default() -> Self {
        Self { records: 1_000_000, mutating_per_mille: 1, records_per_file: 2_000, seed: 1 }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of files.
    pub files: u64,
    /// The number of records.
    pub records: u64,
    /// How many of them change something.
    pub mutating: u64,
    /// Bytes before compression.
    pub raw_bytes: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// The names of the mutating records that are made up, sorted.
pub const MUTATING: [&str; 20] = [
    "AttachRolePolicy",
    "AuthorizeSecurityGroupIngress",
    "CreateAccessKey",
    "CreateBucket",
    "CreateRole",
    "CreateSecurityGroup",
    "CreateTags",
    "CreateUser",
    "DeleteAccessKey",
    "DeleteBucket",
    "DeleteRole",
    "DeleteRolePolicy",
    "DeleteSecurityGroup",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketVersioning",
    "PutRolePolicy",
    "RevokeSecurityGroupIngress",
    "RunInstances",
    "TerminateInstances",
];

const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2"];

/// Seconds since 1970 at which the first file starts: 2026-01-01.
const START: u64 = 1_767_225_600;

/// How long a file collects records, in seconds.
const PER_FILE: u64 = 300;

/// How many resources of one kind an account may have in a Region at the same time.
const SLOTS: usize = 2_500;

/// Writes the archive into a folder, as CloudTrail lays out its bucket.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn write(folder: &Path, spec: &Spec) -> io::Result<Summary> {
    let mut summary = Summary::default();
    let level = CompressionLvl::new(6).map_err(|_| io::Error::other("compression level 6 is not supported"))?;
    let mut compressor = Compressor::new(level);
    let mut world = World::new(spec);
    let (mut content, mut packed) = (String::new(), Vec::new());
    while summary.records < spec.records {
        let count = spec.records_per_file.clamp(1, spec.records - summary.records);
        let path = world.file(summary.files, count, &mut content);
        packed.resize(compressor.gzip_compress_bound(content.len()), 0);
        let length = compressor
            .gzip_compress(content.as_bytes(), &mut packed)
            .map_err(|error| io::Error::other(error.to_string()))?;
        packed.truncate(length);
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, &packed)?;
        summary.files += 1;
        summary.records += count;
        summary.raw_bytes += content.len() as u64;
        summary.bytes += packed.len() as u64;
    }
    summary.mutating = world.mutating;
    Ok(summary)
}

/// Xorshift with a multiplication: enough for made-up data, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % limit.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    fn text(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).copied().unwrap_or_default()
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }

    /// `length` capitals and digits, as in ids of IAM.
    fn capitals(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").unwrap_or(&b'A'))).collect()
    }
}

/// Who calls, as the text of `userIdentity`, with where from.
struct Caller {
    identity: String,
    address: String,
    agent: &'static str,
}

/// The resources of one account in one Region: how many lives each slot has had, and whether it is in one.
struct Place {
    account: &'static str,
    region: &'static str,
    buckets: Vec<Slot>,
    groups: Vec<Slot>,
    instances: Vec<Slot>,
    roles: Vec<Slot>,
    users: Vec<Slot>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    lives: u32,
    alive: bool,
    /// Whether what this kind can have has been added: an open port, an inline policy, an access key.
    extra: bool,
}

struct World {
    random: Random,
    mutating_per_mille: u32,
    mutating: u64,
    callers: Vec<Caller>,
    places: Vec<Place>,
}

/// A record's parts that differ between calls.
struct Call {
    source: &'static str,
    name: &'static str,
    request: String,
    response: String,
    read_only: bool,
    resources: String,
}

impl World {
    fn new(spec: &Spec) -> Self {
        let mut random = Random(spec.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let callers = (0..240).map(|number| caller(&mut random, number)).collect();
        let place = |account, region| Place {
            account,
            region,
            buckets: vec![Slot::default(); SLOTS],
            groups: vec![Slot::default(); SLOTS],
            instances: vec![Slot::default(); SLOTS],
            roles: vec![Slot::default(); SLOTS],
            users: vec![Slot::default(); SLOTS / 5],
        };
        let places =
            ACCOUNTS.iter().flat_map(|account| REGIONS.iter().map(move |region| place(*account, *region))).collect();
        Self { random, mutating_per_mille: spec.mutating_per_mille, mutating: 0, callers, places }
    }

    /// Makes up the content of a file, and its path.
    fn file(&mut self, number: u64, records: u64, content: &mut String) -> PathBuf {
        content.clear();
        content.push_str("{\"Records\":[");
        let mut places = std::mem::take(&mut self.places);
        let count = places.len() as u64;
        let begin = START + number / count * PER_FILE;
        let mut path = PathBuf::new();
        if let Some(place) = usize::try_from(number % count).ok().and_then(|index| places.get_mut(index)) {
            for index in 0..records {
                if index > 0 {
                    content.push(',');
                }
                self.record(place, begin + index * PER_FILE / records, content);
            }
            let (account, region) = (place.account, place.region);
            let (day, time) = (calendar(begin), begin % 86_400 / 60);
            path.push(format!("AWSLogs/{account}/CloudTrail/{region}/{}", day.replace('-', "/")));
            let (day, hour, minute) = (day.replace('-', ""), time / 60, time % 60);
            let unique = self.random.capitals(16);
            path.push(format!("{account}_CloudTrail_{region}_{day}T{hour:02}{minute:02}Z_{unique}.json.gz"));
        }
        self.places = places;
        content.push_str("]}");
        path
    }

    fn record(&mut self, place: &mut Place, time: u64, content: &mut String) {
        let mutating = self.random.below(1_000) < self.mutating_per_mille as usize;
        let call = if mutating { self.change(place) } else { look_around(&mut self.random, place) };
        self.mutating += u64::from(mutating);
        let caller = self.random.below(self.callers.len());
        let Some(caller) = self.callers.get(caller) else { return };
        let Call { source, name, request, response, read_only, resources } = call;
        let (date, second) = (calendar(time), time % 86_400);
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        let Place { account, region, .. } = place;
        let Caller { identity, address, agent } = caller;
        let (request_id, event_id) = (self.random.uuid(), self.random.uuid());
        // Writing to a string cannot fail.
        let _ = write!(
            content,
            "{{\"eventVersion\":\"1.09\",\"userIdentity\":{},\"eventTime\":\"{date}T{hours:02}:{minutes:02}:{seconds:02}Z\",\
             \"eventSource\":\"{source}.amazonaws.com\",\"eventName\":\"{name}\",\"awsRegion\":\"{region}\",\
             \"sourceIPAddress\":\"{address}\",\"userAgent\":\"{agent}\",\"requestParameters\":{request},\
             \"responseElements\":{response},\"requestID\":\"{request_id}\",\"eventID\":\"{event_id}\",\
             \"readOnly\":{read_only},{resources}\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\
             \"recipientAccountId\":\"{account}\",\"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\
             \"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\
             \"{source}.{region}.amazonaws.com\"}}}}",
            identity.replace("ACCOUNT", account),
        );
    }

    /// Creates, changes or deletes a resource. IAM is global, and its records are written in us-east-1.
    fn change(&mut self, place: &mut Place) -> Call {
        let kinds = if place.region == "us-east-1" { 5 } else { 3 };
        let random = &mut self.random;
        match random.below(kinds) {
            0 => bucket(random, place),
            1 => security_group(random, place),
            2 => instance(random, place),
            3 => role(random, place),
            _ => user(random, place),
        }
    }
}

/// A role session (mostly), a user, or a service.
fn caller(random: &mut Random, number: usize) -> Caller {
    const ROLES: [&str; 8] =
        ["deploy", "monitoring", "backup-runner", "Admin", "ReadOnly", "ci-pipeline", "cost-explorer", "inventory"];
    const AGENTS: [&str; 6] = [
        "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.173.0",
        "Boto3/1.34.144 md/Botocore#1.34.144 ua/2.0 os/linux#5.10.220 md/arch#x86_64 lang/python#3.12.4",
        "aws-cli/2.17.18 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9 md/prompt#off",
        "APN/1.0 HashiCorp/1.0 Terraform/1.9.2 (+https://www.terraform.io) terraform-provider-aws/5.59.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0",
        "[aws-sdk-java/1.12.750 Linux/5.10.219 OpenJDK_64-Bit_Server_VM/17.0.11+9-LTS java/17.0.11 vendor/Amazon]",
    ];
    let (key, id) = (random.capitals(16), random.capitals(17));
    let mfa = number.is_multiple_of(3);
    let identity = match number % 12 {
        0 => format!(
            "{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{id}\",\"arn\":\"arn:aws:iam::ACCOUNT:user/user-{number}\",\
             \"accountId\":\"ACCOUNT\",\"accessKeyId\":\"AKIA{key}\",\"userName\":\"user-{number}\"}}"
        ),
        1 => "{\"type\":\"AWSService\",\"invokedBy\":\"autoscaling.amazonaws.com\"}".to_owned(),
        _ => {
            let role = random.text(&ROLES);
            format!(
                "{{\"type\":\"AssumedRole\",\"principalId\":\"AROA{id}:session-{number}\",\"arn\":\
                 \"arn:aws:sts::ACCOUNT:assumed-role/{role}/session-{number}\",\"accountId\":\"ACCOUNT\",\"accessKeyId\":\
                 \"ASIA{key}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"AROA{id}\",\
                 \"arn\":\"arn:aws:iam::ACCOUNT:role/{role}\",\"accountId\":\"ACCOUNT\",\"userName\":\"{role}\"}},\
                 \"attributes\":{{\"creationDate\":\"2026-01-01T00:00:00Z\",\"mfaAuthenticated\":\"{mfa}\"}}}}}}"
            )
        }
    };
    let address = format!("198.51.{}.{}", random.below(256), random.below(256));
    Caller { identity, address, agent: random.text(&AGENTS) }
}

/// A call that changes nothing. Reading is most of what happens in an account, and most of it by a few calls.
fn look_around(random: &mut Random, place: &Place) -> Call {
    const CALLS: [(&str, &str); 24] = [
        ("ec2", "DescribeInstances"),
        ("ec2", "DescribeInstances"),
        ("ec2", "DescribeInstances"),
        ("ec2", "DescribeVolumes"),
        ("ec2", "DescribeSecurityGroups"),
        ("ec2", "DescribeNetworkInterfaces"),
        ("ec2", "DescribeTags"),
        ("sts", "AssumeRole"),
        ("sts", "AssumeRole"),
        ("sts", "AssumeRole"),
        ("sts", "GetCallerIdentity"),
        ("s3", "GetBucketAcl"),
        ("s3", "GetBucketLocation"),
        ("s3", "ListBuckets"),
        ("kms", "Decrypt"),
        ("kms", "DescribeKey"),
        ("iam", "GetRole"),
        ("iam", "ListAttachedRolePolicies"),
        ("logs", "DescribeLogGroups"),
        ("monitoring", "DescribeAlarms"),
        ("lambda", "ListFunctions20150331"),
        ("rds", "DescribeDBInstances"),
        ("dynamodb", "DescribeTable"),
        ("elasticloadbalancing", "DescribeTargetHealth"),
    ];
    let Place { account, region, .. } = place;
    let (source, name) = random.pick(&CALLS).copied().unwrap_or(("ec2", "DescribeInstances"));
    let number = random.below(SLOTS);
    let mut response = "null".to_owned();
    let mut resources = String::new();
    let request = match name {
        "DescribeInstances" | "DescribeVolumes" | "DescribeSecurityGroups" | "DescribeNetworkInterfaces" => format!(
            "{{\"maxResults\":1000,\"filterSet\":{{\"items\":[{{\"name\":\"tag:service\",\"valueSet\":{{\"items\":[{{\"value\":\
             \"service-{number}\"}}]}}}}]}},\"{}Set\":{{}}}}",
            if name == "DescribeInstances" { "instances" } else { "volume" },
        ),
        "AssumeRole" => {
            let (key, id, token) = (random.capitals(16), random.capitals(17), random.capitals(120));
            response = format!(
                "{{\"credentials\":{{\"accessKeyId\":\"ASIA{key}\",\"sessionToken\":\"{token}\",\"expiration\":\"Jan 1, 2026, \
                 1:00:00 PM\"}},\"assumedRoleUser\":{{\"assumedRoleId\":\"AROA{id}:session-{number}\",\"arn\":\
                 \"arn:aws:sts::{account}:assumed-role/role-{number}/session-{number}\"}}}}"
            );
            resources = format!(
                "\"resources\":[{{\"accountId\":\"{account}\",\"type\":\"AWS::IAM::Role\",\"ARN\":\
                 \"arn:aws:iam::{account}:role/role-{number}\"}}],"
            );
            format!(
                "{{\"roleArn\":\"arn:aws:iam::{account}:role/role-{number}\",\"roleSessionName\":\"session-{number}\",\
                 \"durationSeconds\":3600}}"
            )
        }
        "GetBucketAcl" | "GetBucketLocation" => {
            let bucket = bucket_name(account, region, number);
            resources = format!(
                "\"resources\":[{{\"accountId\":\"{account}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::{bucket}\"}}],"
            );
            let query = if name == "GetBucketAcl" { "acl" } else { "location" };
            format!("{{\"bucketName\":\"{bucket}\",\"Host\":\"{bucket}.s3.{region}.amazonaws.com\",\"{query}\":\"\"}}")
        }
        "Decrypt" | "DescribeKey" => {
            let key = format!("arn:aws:kms:{region}:{account}:key/{:08x}-0000-4000-a000-000000000000", number % 40);
            resources = format!(
                "\"resources\":[{{\"accountId\":\"{account}\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"{key}\"}}],"
            );
            format!(
                "{{\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\",\"encryptionContext\":{{\"PARAMETER_ARN\":\"p-{number}\"}}}}"
            )
        }
        "GetRole" | "ListAttachedRolePolicies" => format!("{{\"roleName\":\"role-{number}\"}}"),
        "DescribeLogGroups" => format!("{{\"logGroupNamePrefix\":\"/aws/lambda/function-{number}\",\"limit\":50}}"),
        "DescribeTable" => format!("{{\"tableName\":\"table-{number}\"}}"),
        "DescribeTargetHealth" => format!(
            "{{\"targetGroupArn\":\"arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/group-{number}/0123456789abcdef\"}}"
        ),
        _ => "null".to_owned(),
    };
    Call { source, name, request, response, read_only: true, resources }
}

fn bucket_name(account: &str, region: &str, number: usize) -> String {
    format!("assets-{number}-{account}-{region}")
}

/// Picks a slot and one of `lively` things to do with it; `None` if it has to be created first.
fn choose(random: &mut Random, slots: &mut [Slot], lively: usize) -> (usize, Slot, Option<usize>) {
    // Some resources are changed all the time, most hardly ever.
    let limit = 1 + random.below(slots.len());
    let number = random.below(limit);
    let Some(slot) = slots.get_mut(number) else { return (number, Slot::default(), None) };
    if slot.alive {
        let what = random.below(lively);
        return (number, *slot, Some(what));
    }
    *slot = Slot { lives: slot.lives + 1, alive: true, extra: false };
    (number, *slot, None)
}

fn update(slots: &mut [Slot], number: usize, change: impl FnOnce(&mut Slot)) {
    if let Some(slot) = slots.get_mut(number) {
        change(slot);
    }
}

fn changed(source: &'static str, name: &'static str, request: String, response: String) -> Call {
    Call { source, name, request, response, read_only: false, resources: String::new() }
}

fn bucket(random: &mut Random, place: &mut Place) -> Call {
    let Place { account, region, ref mut buckets, .. } = *place;
    let (number, _, what) = choose(random, buckets, 20);
    let bucket = bucket_name(account, region, number);
    let host = format!("\"bucketName\":\"{bucket}\",\"Host\":\"{bucket}.s3.{region}.amazonaws.com\"");
    let s3 = |name, request: String| {
        let mut call = changed("s3", name, request, "null".to_owned());
        if name != "CreateBucket" {
            call.resources = format!(
                "\"resources\":[{{\"accountId\":\"{account}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::{bucket}\"}}],"
            );
        }
        call
    };
    match what {
        None if region == "us-east-1" => s3("CreateBucket", format!("{{{host}}}")),
        None => s3(
            "CreateBucket",
            format!(
                "{{\"CreateBucketConfiguration\":{{\"LocationConstraint\":\"{region}\",\"xmlns\":\
                 \"http://s3.amazonaws.com/doc/2006-03-01/\"}},{host}}}"
            ),
        ),
        Some(0) => {
            update(buckets, number, |slot| slot.alive = false);
            s3("DeleteBucket", format!("{{{host}}}"))
        }
        Some(1..8) => {
            let status = random.text(&["Enabled", "Enabled", "Suspended"]);
            s3(
                "PutBucketVersioning",
                format!(
                    "{{\"versioning\":\"\",{host},\"VersioningConfiguration\":{{\"Status\":\"{status}\",\"xmlns\":\
                     \"http://s3.amazonaws.com/doc/2006-03-01/\"}}}}"
                ),
            )
        }
        Some(8..14) => {
            let block = random.below(4) > 0;
            s3(
                "PutBucketPublicAccessBlock",
                format!(
                    "{{\"publicAccessBlock\":\"\",{host},\"PublicAccessBlockConfiguration\":{{\"xmlns\":\
                     \"http://s3.amazonaws.com/doc/2006-03-01/\",\"RestrictPublicBuckets\":{block},\"BlockPublicPolicy\":\
                     {block},\"BlockPublicAcls\":{block},\"IgnorePublicAcls\":{block}}}}}"
                ),
            )
        }
        Some(_) => {
            let principal =
                random.text(&["*", "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:role/reader"]);
            s3(
                "PutBucketPolicy",
                format!(
                    "{{\"policy\":\"\",{host},\"bucketPolicy\":{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Sid\":\"Read\",\
                     \"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"{principal}\"}},\"Action\":\"s3:GetObject\",\"Resource\":\
                     \"arn:aws:s3:::{bucket}/*\"}},{{\"Sid\":\"Tls\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\
                     \"Resource\":[\"arn:aws:s3:::{bucket}\",\"arn:aws:s3:::{bucket}/*\"],\"Condition\":{{\"Bool\":\
                     {{\"aws:SecureTransport\":\"false\"}}}}}}]}}}}"
                ),
            )
        }
    }
}

fn security_group(random: &mut Random, place: &mut Place) -> Call {
    let Place { region, ref mut groups, .. } = *place;
    let (number, slot, what) = choose(random, groups, 12);
    let id = format!("sg-{:08x}{:09x}", region_code(region), number * 1_000 + slot.lives as usize);
    let done = |id: Option<&str>| {
        let id = id.map(|id| format!(",\"groupId\":\"{id}\"")).unwrap_or_default();
        format!("{{\"requestId\":\"59dbff89-35bd-4eac-99ed-be587ed81825\",\"_return\":true{id}}}")
    };
    let port = random.text(&["22", "443", "443", "5432", "3389", "8080"]);
    let source = random.text(&["10.0.0.0/8", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.0/24"]);
    let permissions = |source: &str| {
        format!(
            "{{\"groupId\":\"{id}\",\"ipPermissions\":{{\"items\":[{{\"ipProtocol\":\"tcp\",\"fromPort\":{port},\"toPort\":{port},\
             \"groups\":{{}},\"ipRanges\":{{\"items\":[{{\"cidrIp\":\"{source}\"}}]}},\"ipv6Ranges\":{{}},\"prefixListIds\":{{}}}}]}}}}"
        )
    };
    match what {
        None => changed(
            "ec2",
            "CreateSecurityGroup",
            format!(
                "{{\"groupName\":\"service-{number}\",\"groupDescription\":\"service {number}\",\"vpcId\":\"vpc-0a1b2c3d4e5f60718\"}}"
            ),
            done(Some(&id)),
        ),
        Some(0) => {
            update(groups, number, |slot| slot.alive = false);
            changed("ec2", "DeleteSecurityGroup", format!("{{\"groupId\":\"{id}\"}}"), done(Some(&id)))
        }
        Some(1..4) if slot.extra => changed("ec2", "RevokeSecurityGroupIngress", permissions("0.0.0.0/0"), done(None)),
        Some(_) => {
            update(groups, number, |slot| slot.extra = true);
            let rule = random.next() & 0xf_ffff_ffff;
            let response = format!(
                "{{\"requestId\":\"b25df5fc-27ed-44b0-96e8-d163f6a4b2b8\",\"_return\":true,\"securityGroupRuleSet\":{{\"items\":[\
                 {{\"groupOwnerId\":\"{}\",\"groupId\":\"{id}\",\"securityGroupRuleId\":\"sgr-00000000{rule:09x}\",\"isEgress\":false,\
                 \"ipProtocol\":\"tcp\",\"fromPort\":{port},\"toPort\":{port},\"cidrIpv4\":\"{source}\"}}]}}}}",
                place.account,
            );
            changed("ec2", "AuthorizeSecurityGroupIngress", permissions(source), response)
        }
    }
}

fn region_code(region: &str) -> u32 {
    region.bytes().fold(7, |code, byte| code.wrapping_mul(31).wrapping_add(u32::from(byte)))
}

fn instance(random: &mut Random, place: &mut Place) -> Call {
    let Place { account, region, ref mut instances, .. } = *place;
    let (number, slot, what) = choose(random, instances, 4);
    let id = format!("i-{:08x}{:09x}", region_code(region), number * 1_000 + slot.lives as usize);
    match what {
        None => {
            let (kind, tokens) =
                (random.text(&["t3.micro", "m6i.large", "c7g.xlarge"]), random.text(&["required", "optional"]));
            let request = format!(
                "{{\"instancesSet\":{{\"items\":[{{\"imageId\":\"ami-0abcdef1234567890\",\"minCount\":1,\"maxCount\":1}}]}},\
                 \"instanceType\":\"{kind}\",\"blockDeviceMapping\":{{}},\"monitoring\":{{\"enabled\":false}},\
                 \"disableApiTermination\":false,\"metadataOptions\":{{\"httpTokens\":\"{tokens}\"}},\"subnetId\":\
                 \"subnet-0a1b2c3d4e5f60718\",\"clientToken\":\"{}\"}}",
                random.uuid(),
            );
            let response = format!(
                "{{\"requestId\":\"{}\",\"reservationId\":\"r-0a1b2c3d4e5f60718\",\"ownerId\":\"{account}\",\"groupSet\":{{}},\
                 \"instancesSet\":{{\"items\":[{{\"instanceId\":\"{id}\",\"imageId\":\"ami-0abcdef1234567890\",\
                 \"instanceState\":{{\"code\":0,\"name\":\"pending\"}},\"privateDnsName\":\"ip-10-0-0-{}.{region}.compute.internal\",\
                 \"amiLaunchIndex\":0,\"productCodes\":{{}},\"instanceType\":\"{kind}\",\"launchTime\":1767225600000,\
                 \"placement\":{{\"availabilityZone\":\"{region}a\",\"tenancy\":\"default\"}},\"monitoring\":{{\"state\":\
                 \"disabled\"}},\"subnetId\":\"subnet-0a1b2c3d4e5f60718\",\"vpcId\":\"vpc-0a1b2c3d4e5f60718\",\
                 \"hypervisor\":\"xen\",\"tagSet\":{{\"items\":[{{\"key\":\"Name\",\"value\":\"node-{number}\"}}]}},\"groupSet\":\
                 {{\"items\":[{{\"groupId\":\"sg-0a1b2c3d4e5f60718\",\"groupName\":\"default\"}}]}},\"sourceDestCheck\":true,\
                 \"ebsOptimized\":false,\"metadataOptions\":{{\"state\":\"pending\",\"httpTokens\":\"{tokens}\",\
                 \"httpPutResponseHopLimit\":2,\"httpEndpoint\":\"enabled\"}}}}]}}}}",
                random.uuid(),
                random.below(250),
            );
            changed("ec2", "RunInstances", request, response)
        }
        Some(0) => {
            update(instances, number, |slot| slot.alive = false);
            changed(
                "ec2",
                "TerminateInstances",
                format!("{{\"instancesSet\":{{\"items\":[{{\"instanceId\":\"{id}\"}}]}}}}"),
                format!(
                    "{{\"requestId\":\"{}\",\"instancesSet\":{{\"items\":[{{\"instanceId\":\"{id}\",\"currentState\":{{\"code\":32,\
                     \"name\":\"shutting-down\"}},\"previousState\":{{\"code\":16,\"name\":\"running\"}}}}]}}}}",
                    random.uuid(),
                ),
            )
        }
        Some(_) => changed(
            "ec2",
            "CreateTags",
            format!(
                "{{\"resourcesSet\":{{\"items\":[{{\"resourceId\":\"{id}\"}}]}},\"tagSet\":{{\"items\":[{{\"key\":\"team\",\"value\":\
                 \"team-{}\"}}]}}}}",
                random.below(30),
            ),
            format!("{{\"requestId\":\"{}\",\"_return\":true}}", random.uuid()),
        ),
    }
}

fn role(random: &mut Random, place: &mut Place) -> Call {
    let Place { account, ref mut roles, .. } = *place;
    let (number, slot, what) = choose(random, roles, 12);
    let name = format!("service-{number}");
    match what {
        None => {
            let trust = "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\
                         {\\\"Service\\\":\\\"ec2.amazonaws.com\\\"},\\\"Action\\\":\\\"sts:AssumeRole\\\"}]}";
            let id = random.capitals(17);
            changed(
                "iam",
                "CreateRole",
                format!("{{\"roleName\":\"{name}\",\"assumeRolePolicyDocument\":\"{trust}\",\"path\":\"/\"}}"),
                format!(
                    "{{\"role\":{{\"path\":\"/\",\"roleName\":\"{name}\",\"roleId\":\"AROA{id}\",\"arn\":\
                     \"arn:aws:iam::{account}:role/{name}\",\"createDate\":\"Jan 1, 2026, 1:00:00 PM\"}}}}"
                ),
            )
        }
        Some(0) if !slot.extra => {
            update(roles, number, |slot| slot.alive = false);
            changed("iam", "DeleteRole", format!("{{\"roleName\":\"{name}\"}}"), "null".to_owned())
        }
        Some(0..3) if slot.extra => {
            update(roles, number, |slot| slot.extra = false);
            let request = format!("{{\"roleName\":\"{name}\",\"policyName\":\"inline\"}}");
            changed("iam", "DeleteRolePolicy", request, "null".to_owned())
        }
        Some(3..6) => {
            let policy = random.text(&["ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AdministratorAccess"]);
            let request = format!("{{\"roleName\":\"{name}\",\"policyArn\":\"arn:aws:iam::aws:policy/{policy}\"}}");
            changed("iam", "AttachRolePolicy", request, "null".to_owned())
        }
        Some(_) => {
            update(roles, number, |slot| slot.extra = true);
            let action = random.text(&["s3:GetObject", "s3:*", "dynamodb:GetItem", "*", "iam:PassRole"]);
            let resource = random.text(&["*", "arn:aws:s3:::assets/*"]);
            let policy = format!(
                "{{\\n  \\\"Version\\\": \\\"2012-10-17\\\",\\n  \\\"Statement\\\": [\\n    {{\\n      \\\"Effect\\\": \\\"Allow\\\",\\n      \
                 \\\"Action\\\": \\\"{action}\\\",\\n      \\\"Resource\\\": \\\"{resource}\\\"\\n    }}\\n  ]\\n}}"
            );
            let request =
                format!("{{\"roleName\":\"{name}\",\"policyName\":\"inline\",\"policyDocument\":\"{policy}\"}}");
            changed("iam", "PutRolePolicy", request, "null".to_owned())
        }
    }
}

fn user(random: &mut Random, place: &mut Place) -> Call {
    let Place { account, ref mut users, .. } = *place;
    let (number, slot, what) = choose(random, users, 2);
    let name = format!("person-{number}");
    let key = format!("AKIA{:08}{:08}", number, slot.lives);
    if what.is_none() {
        let id = random.capitals(17);
        let response = format!(
            "{{\"user\":{{\"path\":\"/\",\"userName\":\"{name}\",\"userId\":\"AIDA{id}\",\"arn\":\
             \"arn:aws:iam::{account}:user/{name}\",\"createDate\":\"Jan 1, 2026, 1:00:00 PM\"}}}}"
        );
        return changed("iam", "CreateUser", format!("{{\"userName\":\"{name}\"}}"), response);
    }
    if slot.extra {
        update(users, number, |slot| *slot = Slot { lives: slot.lives + 1, extra: false, ..*slot });
        let request = format!("{{\"userName\":\"{name}\",\"accessKeyId\":\"{key}\"}}");
        return changed("iam", "DeleteAccessKey", request, "null".to_owned());
    }
    update(users, number, |slot| slot.extra = true);
    let response = format!(
        "{{\"accessKey\":{{\"userName\":\"{name}\",\"accessKeyId\":\"{key}\",\"status\":\"Active\",\"createDate\":\
         \"Jan 1, 2026, 1:00:00 PM\"}}}}"
    );
    changed("iam", "CreateAccessKey", format!("{{\"userName\":\"{name}\"}}"), response)
}

/// The date of a second since 1970, such as `2026-01-01`: a walk over months, as archives span few of them.
fn calendar(second: u64) -> String {
    let mut day = (second - START) / 86_400;
    let (mut year, mut month) = (2026, 1);
    loop {
        let leap = year % 4 == 0;
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < days {
            return format!("{year}-{month:02}-{:02}", day + 1);
        }
        day -= days;
        month += 1;
        if month == 13 {
            (year, month) = (year + 1, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ops::ControlFlow;

    use trailhound_trail::Record;
    use trailhound_trail::reader::{self, Options, RawRecord, Sink};

    use super::*;

    #[derive(Default)]
    struct Names {
        names: BTreeMap<String, u64>,
        bytes: usize,
    }

    impl Sink for Names {
        fn record(&mut self, raw: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()> {
            assert_eq!(record.read_only, Some(!MUTATING.contains(&&*record.event_name)), "{}", record.event_name);
            *self.names.entry(record.event_name.into_owned()).or_default() += 1;
            self.bytes += raw.bytes.len();
            ControlFlow::Continue(())
        }
    }

    fn made_up(spec: &Spec) -> (Summary, reader::Tally, Names, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let summary = write(folder.path(), spec).unwrap();
        let options = Options { threads: 1, ..Options::default() };
        let archive = reader::read(&[folder.path().to_path_buf()], &options, &|_: &[u8]| true, Names::default);
        (summary, archive.tally, archive.sinks.into_iter().next().unwrap(), folder)
    }

    #[test]
    fn every_record_is_one_and_the_shares_are_as_asked() {
        let spec = Spec { records: 20_000, mutating_per_mille: 400, records_per_file: 1_500, seed: 3 };
        let (summary, tally, names, _folder) = made_up(&spec);
        assert_eq!((tally.records, tally.read, tally.files), (20_000, 20_000, 14), "{:?}", tally.problems);
        assert_eq!((summary.records, summary.files, summary.bytes), (tally.records, tally.files, tally.bytes));
        assert_eq!(summary.raw_bytes, tally.inflated_bytes);
        assert!((7_500..8_500).contains(&summary.mutating), "{}", summary.mutating);
        for name in MUTATING {
            assert!(names.names.contains_key(name), "{name}");
        }
        assert_eq!(MUTATING.iter().map(|name| names.names[*name]).sum::<u64>(), summary.mutating);
        assert!((1_000..1_500).contains(&(names.bytes / 20_000)), "{} bytes per record", names.bytes / 20_000);
        assert!(MUTATING.is_sorted());
    }

    #[test]
    fn the_same_seed_gives_the_same_archive() {
        let spec = Spec { records: 500, mutating_per_mille: 100, records_per_file: 100, seed: 9 };
        let (a, b) = (made_up(&spec), made_up(&spec));
        assert_eq!((a.0, &a.2.names), (b.0, &b.2.names));
        assert_ne!(made_up(&Spec { seed: 10, ..spec }).0.raw_bytes, a.0.raw_bytes);
    }

    #[test]
    fn days_follow_the_calendar() {
        for (day, date) in [(0, "2026-01-01"), (58, "2026-02-28"), (59, "2026-03-01"), (365, "2027-01-01")] {
            assert_eq!(calendar(START + day * 86_400 + 5), date);
        }
    }
}
