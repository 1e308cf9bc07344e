//! EC2: security groups, instances, disks and their images, networks, and the region's defaults.

pub mod disk;
pub mod group;
pub mod instance;
pub mod network;
pub mod region;
