//! The parts of AWS and the hosts of its services. Most names below AWS's domains are anybody's: buckets, API
//! gateways, load balancers. So a service's hosts are known by their exact form.

/// A part of AWS with its own accounts, regions and domains.
pub(super) struct Partition {
    /// Its name in ARNs.
    name: &'static str,
    /// Where STS is called if no region is set.
    default_region: &'static str,
    /// What its regions begin with: `eu` in `eu-central-1`.
    regions: &'static [&'static str],
    domain: &'static str,
    /// For endpoints that answer over both IPv4 and IPv6.
    dual_stack_domain: &'static str,
}

/// Source: the partitions in the SDKs' endpoint rules.
const PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        default_region: "us-east-1",
        regions: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        domain: "amazonaws.com",
        dual_stack_domain: "api.aws",
    },
    Partition {
        name: "aws-us-gov",
        default_region: "us-gov-west-1",
        regions: &["us-gov"],
        domain: "amazonaws.com",
        dual_stack_domain: "api.aws",
    },
    Partition {
        name: "aws-cn",
        default_region: "cn-north-1",
        regions: &["cn"],
        domain: "amazonaws.com.cn",
        dual_stack_domain: "api.amazonwebservices.com.cn",
    },
    Partition {
        name: "aws-eusc",
        default_region: "eusc-de-east-1",
        regions: &["eusc-de"],
        domain: "amazonaws.eu",
        dual_stack_domain: "api.amazonwebservices.eu",
    },
    Partition {
        name: "aws-iso",
        default_region: "us-iso-east-1",
        regions: &["us-iso"],
        domain: "c2s.ic.gov",
        dual_stack_domain: "api.aws.ic.gov",
    },
    Partition {
        name: "aws-iso-b",
        default_region: "us-isob-east-1",
        regions: &["us-isob"],
        domain: "sc2s.sgov.gov",
        dual_stack_domain: "api.aws.scloud",
    },
    Partition {
        name: "aws-iso-e",
        default_region: "eu-isoe-west-1",
        regions: &["eu-isoe"],
        domain: "cloud.adc-e.uk",
        dual_stack_domain: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        name: "aws-iso-f",
        default_region: "us-isof-south-1",
        regions: &["us-isof"],
        domain: "csp.hci.ic.gov",
        dual_stack_domain: "api.aws.hci.ic.gov",
    },
];

/// A service of AWS.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Service {
    /// As messages call it.
    pub(crate) title: &'static str,
    /// The first label of its hosts' names, and its key in the config file's `services` sections.
    pub(super) name: &'static str,
    /// The variable with its endpoint.
    pub(super) endpoint_variable: &'static str,
    /// Its hosts that belong to no region.
    global_hosts: &'static [&'static str],
}

/// Security Token Service: sessions.
pub(crate) static STS: Service = Service {
    title: "STS",
    name: "sts",
    endpoint_variable: "AWS_ENDPOINT_URL_STS",
    global_hosts: &["sts.amazonaws.com"],
};

/// Identity and Access Management: devices and permanent keys. It has one host for each part of AWS.
pub(crate) static IAM: Service = Service {
    title: "IAM",
    name: "iam",
    endpoint_variable: "AWS_ENDPOINT_URL_IAM",
    global_hosts: &[
        "iam.amazonaws.com",
        "iam-fips.amazonaws.com",
        "iam.global.api.aws",
        "iam-fips.global.api.aws",
        "iam.us-gov.amazonaws.com",
        "iam.us-gov.api.aws",
        "iam.global.api.amazonwebservices.com.cn",
        "iam.global.api.amazonwebservices.eu",
    ],
};

impl Service {
    /// Whether only AWS can answer at `host` for this service.
    pub(crate) fn is_at(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.global_hosts.contains(&host.as_str())
            || PARTITIONS.iter().any(|partition| {
                let below = |domain| host.strip_suffix(domain)?.strip_suffix('.');
                below(partition.domain).is_some_and(|name| {
                    self.is_name(partition, name) || self.is_private_name(partition, name)
                }) || below(partition.dual_stack_domain)
                    .is_some_and(|name| self.is_name(partition, name))
            })
    }

    /// `sts.<region>`, `sts-fips.<region>`.
    fn is_name(&self, partition: &Partition, name: &str) -> bool {
        let Some((service, region)) = name.split_once('.') else {
            return false;
        };
        let service = service.strip_suffix("-fips").unwrap_or(service);
        service == self.name && partition.has_region(region)
    }

    /// `sts.<region>.vpce`, `<endpoint>.sts.<region>.vpce`: an endpoint in somebody's own network,
    /// which AWS names, and which leads to AWS.
    fn is_private_name(&self, partition: &Partition, name: &str) -> bool {
        let Some(name) = name.strip_suffix(".vpce") else {
            return false;
        };
        let is_below = || {
            let name = name.split_once('.');
            name.is_some_and(|(endpoint, name)| {
                !endpoint.is_empty() && self.is_name(partition, name)
            })
        };
        self.is_name(partition, name) || is_below()
    }
}

impl Partition {
    /// `None` if it isn't known, because AWS is older than that here.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.name == name)
    }

    /// As [`Partition::named`].
    pub(super) fn of_region(region: &str) -> Option<&'static Self> {
        PARTITIONS
            .iter()
            .find(|partition| partition.has_region(region))
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn default_region(&self) -> &'static str {
        self.default_region
    }

    /// `<prefix>-<word>-<number>`.
    fn has_region(&self, region: &str) -> bool {
        let is_rest = |rest: &str| {
            rest.split_once('-').is_some_and(|(word, number)| {
                is_made_of(word, |b| b.is_ascii_lowercase()) && is_made_of(number, is_digit)
            })
        };
        let mut prefixes = self.regions.iter();
        prefixes.any(|prefix| {
            let rest = region.strip_prefix(prefix);
            let rest = rest.and_then(|rest| rest.strip_prefix('-'));
            rest.is_some_and(is_rest)
        })
    }
}

/// Whether `text` may be a region, also one of a part of AWS that is still to come:
/// `<letters>-<word>-<number>`, with more words between.
pub(super) fn has_form_of_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else {
        return false;
    };
    let is_word = |word: &str| is_made_of(word, |b| b.is_ascii_lowercase());
    let first = words.split('-').next().unwrap_or_default();
    first.len() >= 2
        && words.contains('-')
        && words.split('-').all(is_word)
        && is_made_of(number, is_digit)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_made_of(text: &str, is_allowed: fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_other_names_below_aws_s_domains() {
        for region in [
            "eu-west-1",
            "us-gov-east-1",
            "eusc-de-east-1",
            "xx-new-part-10",
        ] {
            assert!(has_form_of_region(region), "{region}");
        }
        for other in [
            "",
            "s3",
            "elb",
            "compute-1",
            "s3-1",
            "s3-eu-west-1",
            "s3-website-us-east-1",
            "eu-west",
            "e-west-1",
            "eu--1",
            "eu-west-",
            "-west-1",
            "eu-west-1x",
            "EU-WEST-1",
            "eu-west-1-2",
        ] {
            assert!(!has_form_of_region(other), "{other}");
        }
    }

    #[test]
    fn only_hosts_that_aws_alone_names_are_its_own() {
        for host in [
            "sts.amazonaws.com",
            "STS.Amazonaws.COM",
            "sts.eu-west-1.amazonaws.com",
            "sts-fips.us-east-2.amazonaws.com",
            "sts.us-gov-west-1.amazonaws.com",
            "sts.mx-central-1.api.aws",
            "sts-fips.us-gov-east-1.api.aws",
            "sts.us-east-1.vpce.amazonaws.com",
            "vpce-0a-1b-us-east-1a.sts.us-east-1.vpce.amazonaws.com",
            "vpce-0a.sts-fips.us-gov-west-1.vpce.amazonaws.com",
            "sts.cn-north-1.amazonaws.com.cn",
            "vpce-0a.sts.cn-north-1.vpce.amazonaws.com.cn",
            "sts.cn-northwest-1.api.amazonwebservices.com.cn",
            "sts.eusc-de-east-1.amazonaws.eu",
            "sts.eusc-de-east-1.api.amazonwebservices.eu",
            "sts.us-iso-east-1.c2s.ic.gov",
            "sts.us-iso-west-1.api.aws.ic.gov",
            "sts.us-isob-east-1.sc2s.sgov.gov",
            "sts.us-isob-east-1.api.aws.scloud",
            "sts.eu-isoe-west-1.cloud.adc-e.uk",
            "sts.us-isof-south-1.csp.hci.ic.gov",
        ] {
            assert!(STS.is_at(host), "{host}");
        }
    }

    #[test]
    fn everybody_else_s_hosts_are_not_aws_s_own() {
        for host in [
            "",
            "sts",
            "amazonaws.com",
            "evil.amazonaws.com",
            "sts.evil.amazonaws.com",
            "evil.sts.amazonaws.com",
            "sts.s3.amazonaws.com",
            "sts.s3.eu-west-1.amazonaws.com",
            "sts.s3-website-us-east-1.amazonaws.com",
            "s3.eu-west-1.amazonaws.com",
            "sts.execute-api.eu-west-1.amazonaws.com",
            "a1b2c3.execute-api.us-east-1.amazonaws.com",
            "sts.us-east-1.elb.amazonaws.com",
            "sts-1.us-east-1.elb.amazonaws.com",
            "ec2-1-2-3-4.compute-1.amazonaws.com",
            "vpce-0a.vpce-svc-0b.us-east-1.vpce.amazonaws.com",
            "sts.vpce-svc-0b.us-east-1.vpce.amazonaws.com",
            "a.b.sts.us-east-1.vpce.amazonaws.com",
            ".sts.us-east-1.vpce.amazonaws.com",
            "sts.vpce.amazonaws.com",
            "evil.sts.us-east-1.amazonaws.com",
            "sts-evil.us-east-1.amazonaws.com",
            "sts-fips-fips.us-east-1.amazonaws.com",
            "evilsts.us-east-1.amazonaws.com",
            "sts.us-east.amazonaws.com",
            "sts.us-east-1x.amazonaws.com",
            "sts.us--1.amazonaws.com",
            "sts.usa-east-1.amazonaws.com",
            "sts.us-east-1-1.amazonaws.com",
            "sts.us-east-1.amazonaws.com.evil.example",
            "sts.us-east-1.evilamazonaws.com",
            "sts.us-east-1.amazonaws.com.",
            // A region of another partition.
            "sts.cn-north-1.amazonaws.com",
            "sts.us-east-1.amazonaws.com.cn",
            "sts.us-iso-east-1.amazonaws.com",
            "sts.us-east-1.c2s.ic.gov",
            "sts.amazonaws.com.cn",
            "sts.api.aws",
            "iam.amazonaws.com",
            "sts.us-east-1.on.aws",
        ] {
            assert!(!STS.is_at(host), "{host}");
        }
    }
}
