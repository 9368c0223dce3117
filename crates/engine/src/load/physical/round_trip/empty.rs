//! Makes the file of an empty table. A server would provide such a file as the template.

use innodb_file::page::{self, IndexPage, PAGE, Place, at, kind, put_u16, put_u32, put_u64};
use innodb_file::template::{DESCRIPTOR, Template, header, inode, put_address, put_used};
use model::flavour::Flavour;

/// The file of an empty table with this number of indexes, as the servers write it.
pub(in crate::load::physical) fn empty_table(flavour: Flavour, indexes: usize) -> Template {
    let stamp = page::Stamp {
        flavour,
        space: 7,
        lsn: 0x1_2345_6789,
    };
    let (first_root, flags) = match flavour {
        Flavour::MySql => (4, 0x4021),
        Flavour::MariaDb => (3, 0x15),
    };
    let pages = first_root + indexes;
    let mut file = vec![vec![0; PAGE]; pages];
    for (number, kind) in [kind::HEADER, kind::BITMAP, kind::INODES]
        .into_iter()
        .enumerate()
    {
        put_u64(&mut file[number], at::PREVIOUS, stamp.no_neighbours());
        put_u16(&mut file[number], at::TYPE, kind);
    }
    let first = &mut file[0];
    put_u32(first, header::SPACE, stamp.space);
    put_u32(first, header::SIZE, pages as u32);
    put_u32(first, header::LIMIT, 64);
    put_u32(first, header::FLAGS, flags);
    put_u32(first, header::FRAGMENTS, pages as u32);
    for list in [header::FREE, header::FULL_FRAG, header::INODES - 16] {
        put_address(first, list + 4, None);
        put_address(first, list + 10, None);
    }
    put_u32(first, header::FREE_FRAG, 1);
    let node = Some((0, (header::EXTENTS + 8) as u16));
    put_address(first, header::FREE_FRAG + 4, node);
    put_address(first, header::FREE_FRAG + 10, node);
    // the list of inode pages with free entries has this one page
    put_u32(first, header::INODES + 16, 1);
    let extent = &mut first[header::EXTENTS..header::EXTENTS + DESCRIPTOR];
    put_address(extent, 8, None);
    put_address(extent, 14, None);
    put_u32(extent, 20, 2);
    put_used(extent, (1 << pages) - 1);
    let mut segment = 0;
    let mut add_segment = |file: &mut Vec<Vec<u8>>, page: Option<u32>| {
        let at = inode::FIRST + segment * inode::SIZE;
        let entry = &mut file[2][at..at + inode::SIZE];
        segment += 1;
        put_u64(entry, 0, segment as u64);
        for list in [inode::FREE, inode::NOT_FULL, inode::FULL] {
            put_address(entry, list + 4, None);
            put_address(entry, list + 10, None);
        }
        put_u32(entry, inode::MAGIC, inode::MARK);
        entry[inode::FRAGMENTS..].fill(0xff);
        if let Some(page) = page {
            put_u32(entry, inode::FRAGMENTS, page);
        }
        let mut address = [0; 10];
        put_u32(&mut address, 0, 7);
        put_u32(&mut address, 4, 2);
        put_u16(&mut address, 8, at as u16);
        address
    };
    for number in 3..pages {
        let branches = add_segment(&mut file, Some(number as u32));
        let segments = [add_segment(&mut file, None), branches].concat();
        let place = Place {
            index: 100 + number as u64,
            previous: page::NONE,
            next: page::NONE,
            transaction: 0,
        };
        file[number] = IndexPage::new(0).finish(place, Some(&segments)).to_vec();
        if number < first_root {
            put_u16(&mut file[number], at::TYPE, kind::SDI);
        }
    }
    for (number, page) in file.iter_mut().enumerate() {
        stamp.seal(page, number as u32);
    }
    Template::read(flavour, file.concat(), indexes).unwrap()
}
