//! MFA devices that show codes, by their serials. Pure.

use super::Setting;
use super::aws::Partition;
use crate::error::Error;
use crate::sanitize::{is_ignorable, shorten};

const EXPECTED: &str = "expected arn:aws:iam::<account>:mfa/<name>, or the number on the back of a \
    hardware token";

/// The parts of a virtual device's ARN. Hardware tokens have only a number.
pub(crate) struct DeviceArn<'t> {
    pub(crate) partition: &'t str,
    pub(crate) account: &'t str,
}

impl<'t> DeviceArn<'t> {
    /// `None` if it isn't one.
    pub(crate) fn parse(serial: &'t str) -> Option<Self> {
        let (partition, account, resource) = iam_arn(serial)?;
        let name = resource.strip_prefix("mfa/")?;
        let is_name = |name: &str| {
            let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b);
            !name.is_empty() && name.bytes().all(is_allowed)
        };
        // It may have a path before the name.
        let is_device = name.split('/').all(is_name) && serial.len() <= 256;
        is_device.then_some(Self { partition, account })
    }
}

/// The partition, the account of 12 digits and the resource in an ARN of IAM.
pub(super) fn iam_arn(text: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &[arn, partition, service, region, account, resource] = parts.as_slice() else {
        return None;
    };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let is_partition = partition == "aws" || partition.starts_with("aws-");
    let is_iam = arn == "arn" && is_partition && service == "iam" && region.is_empty();
    (is_iam && is_account).then_some((partition, account, resource))
}

/// What a person calls the device or the role: the last part of an ARN's path; a number as it is.
pub(crate) fn short_name(serial: &str) -> &str {
    serial.rsplit('/').next().unwrap_or(serial)
}

/// Letters and digits, as on the back of a hardware token.
fn is_number(serial: &str) -> bool {
    (9..=256).contains(&serial.len())
        && serial
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && serial.bytes().any(|b| b.is_ascii_digit())
}

/// Returns an error if `device` is no device that shows codes.
pub(crate) fn check_device(device: Setting<String>) -> Result<Setting<String>, Error> {
    let serial = device.value.as_str();
    if DeviceArn::parse(serial).is_some() || is_number(serial) {
        return Ok(device);
    }
    let resource = iam_arn(serial).map(|(_, _, resource)| resource);
    let problem = if resource.is_some_and(|resource| resource.starts_with("u2f/")) {
        "a security key or passkey (…:u2f/…) shows no codes; add an authenticator app to your AWS \
         user, which may have up to eight MFA devices, and use that one"
            .to_owned()
    } else if let Some(meant) = device_within(serial) {
        format!("not exactly an MFA serial; did you mean {meant}?")
    } else if resource.is_some_and(|resource| resource.starts_with("user/")) {
        format!("the ARN of a user, not of an MFA device; {EXPECTED}")
    } else {
        format!("not an MFA serial; {EXPECTED}")
    };
    Err(device.origin.problem(problem))
}

/// A device's ARN with quotes around it, or with words in parentheses after it, as the AWS console
/// shows them, or with invisible characters in it.
fn device_within(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|&c| !is_ignorable(c)).collect();
    let before = text.split(" (").next().unwrap_or_default();
    let is_around = |c: char| c.is_whitespace() || "\"'`<>[]\u{201c}\u{201d}".contains(c);
    let meant = before.trim_matches(is_around);
    DeviceArn::parse(meant).map(|_| meant.to_owned())
}

/// The region to call if none is set, for a device or a role; `None` for a hardware token, which can
/// be anywhere. Returns an error if its part of AWS isn't known.
pub(super) fn default_region(of: &Setting<String>) -> Result<Option<&'static str>, Error> {
    let Some((name, ..)) = iam_arn(&of.value) else {
        return Ok(None);
    };
    match Partition::named(name) {
        Some(partition) => Ok(Some(partition.default_region())),
        None => Err(of.origin.problem(format!(
            "{name} is no part of AWS that is known; if it is right, set its region with --region \
             or AWS_REGION"
        ))),
    }
}

/// Returns an error if the device or the role isn't to be had in that region: they are different parts
/// of AWS.
pub(super) fn check_region(of: &Setting<String>, region: &Setting<String>) -> Result<(), Error> {
    let (Some((own, _, resource)), Some(other)) =
        (iam_arn(&of.value), Partition::of_region(&region.value))
    else {
        return Ok(());
    };
    if own == other.name() {
        return Ok(());
    }
    let default = Partition::named(own).map(Partition::default_region);
    let default = default.map(|region| format!("; expected something like {region}"));
    let what = if resource.starts_with("role/") {
        "role"
    } else {
        "MFA device"
    };
    Err(region.origin.problem(format!(
        "region {} is in another part of AWS than the {what} ({own}, from {}){}",
        shorten(&region.value),
        of.origin,
        default.unwrap_or_default(),
    )))
}

/// Returns an error if a role can't be assumed with this device, or from this other role: it is in a
/// different part of AWS.
pub(crate) fn check_role(from: &Setting<String>, role: &Setting<String>) -> Result<(), Error> {
    let (Some((own, ..)), Some((partition, ..))) = (iam_arn(&from.value), iam_arn(&role.value))
    else {
        return Ok(());
    };
    if own == partition {
        return Ok(());
    }
    Err(role.origin.problem(format!(
        "a role of the partition {partition} can't be assumed from the partition {own} (from {})",
        from.origin
    )))
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::*;

    fn setting(value: &str, variable: &'static str) -> Setting<String> {
        Setting::new(value.to_owned(), Origin::Variable(variable))
    }

    #[test]
    fn devices_that_show_codes_are_accepted() {
        for serial in [
            "arn:aws:iam::123456789012:mfa/alice",
            "arn:aws:iam::123456789012:mfa/eng/alice.smith+aws@example.com",
            "arn:aws-cn:iam::123456789012:mfa/a",
            "arn:aws-us-gov:iam::123456789012:mfa/root-account-mfa-device",
            "GAHT12345678",
            "123456789",
        ] {
            let device = check_device(setting(serial, "MFA_DEVICE")).unwrap();
            assert_eq!(device.value, serial);
        }
    }

    #[test]
    fn what_is_no_device_is_told_apart() {
        let arn = "arn:aws:iam::123456789012:mfa/alice";
        let meant = format!("did you mean {arn}?");
        for (serial, expected) in [
            ("arn:aws:iam::123456789012:user/alice", "ARN of a user"),
            ("arn:aws:iam::123456789012:mfa/", EXPECTED),
            ("arn:aws:iam::123456789012:mfa", EXPECTED),
            ("arn:aws:iam::12345678901:mfa/alice", EXPECTED),
            ("arn:aws:iam::ACCOUNT:mfa/alice", EXPECTED),
            ("arn:aws:sts::123456789012:mfa/alice", EXPECTED),
            ("arn:aws:iam:us-east-1:123456789012:mfa/alice", EXPECTED),
            ("aws:iam::123456789012:mfa/alice", EXPECTED),
            ("iam::123456789012:mfa/alice", EXPECTED),
            ("mfa/alice.smith", EXPECTED),
            ("alice@example.com", EXPECTED),
            ("authenticator", EXPECTED),
            ("12345678", EXPECTED),
            (
                "arn:aws:iam::123456789012:u2f/user/alice/key-ABC",
                "shows no codes",
            ),
            (&format!("\"{arn}\""), &meant),
            (&format!("{arn} (Virtual)"), &meant),
            (&format!("{arn}\u{200b}"), &meant),
            (&format!("{arn} smith"), EXPECTED),
            (&format!("\u{201c}{arn}\u{201d}"), &meant),
        ] {
            let error = check_device(setting(serial, "MFA_DEVICE"))
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("MFA_DEVICE: ") && error.contains(expected),
                "{serial}: {error}"
            );
        }
    }

    #[test]
    fn regions_and_roles_belong_to_the_device_s_part_of_aws() {
        let device = |partition: &str| {
            setting(
                &format!("arn:{partition}:iam::123456789012:mfa/a"),
                "MFA_DEVICE",
            )
        };
        for (partition, region, is_right) in [
            ("aws", "eu-west-1", true),
            ("aws", "cn-north-1", false),
            ("aws-cn", "cn-northwest-1", true),
            ("aws-cn", "us-east-1", false),
            ("aws-us-gov", "us-gov-east-1", true),
            ("aws-us-gov", "us-east-1", false),
            ("aws", "us-gov-west-1", false),
            ("aws-new", "us-east-1", false),
            ("aws-new", "xx-new-part-1", true),
            ("aws", "xx-new-part-1", true),
        ] {
            let outcome = check_region(&device(partition), &setting(region, "AWS_REGION"));
            assert_eq!(outcome.is_ok(), is_right, "{partition} {region}");
            if let Err(error) = outcome {
                let error = error.to_string();
                assert!(
                    error.contains("AWS_REGION") && error.contains("MFA_DEVICE"),
                    "{error}"
                );
            }
        }
        for (partition, region) in [("aws", "us-east-1"), ("aws-cn", "cn-north-1")] {
            assert_eq!(default_region(&device(partition)).unwrap(), Some(region));
        }
        let error = default_region(&device("aws-new")).unwrap_err().to_string();
        assert!(
            error.contains("MFA_DEVICE") && error.contains("--region"),
            "{error}"
        );
        let number = setting("GAHT12345678", "MFA_DEVICE");
        assert_eq!(default_region(&number).unwrap(), None);
        assert!(check_region(&number, &setting("cn-north-1", "AWS_REGION")).is_ok());
        let role = setting("arn:aws-cn:iam::210987654321:role/r", "MFA_ASSUME_ROLE");
        assert!(check_role(&device("aws-cn"), &role).is_ok());
        assert!(check_role(&number, &role).is_ok());
        let error = check_role(&device("aws"), &role).unwrap_err().to_string();
        assert!(
            error.contains("MFA_ASSUME_ROLE") && error.contains("MFA_DEVICE"),
            "{error}"
        );
    }
}
