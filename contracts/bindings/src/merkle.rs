//! OpenZeppelin's `StandardMerkleTree`: of a settlement, over `(address owner, uint128 cumulative)` for payouts and, once,
//! `(bytes32 tag, bytes32 study, bytes32 model, uint64 round)` for the model that the round came to; of a study, over
//! `(address)` for those who may enrol.
//!
//! A leaf is hashed twice, so no inner node passes for a leaf; pairs are sorted before hashing, so a proof needs no
//! positions; leaves are sorted by hash, so the root depends on the set alone.

use crate::{
    Address, Word, keccak256,
    typed_data::{address_word, number_word},
};

/// Why there is no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MerkleError {
    /// Nobody is in it.
    #[error("a tree needs at least one address")]
    Empty,
    /// An address has two leaves.
    #[error("0x{} is listed twice", hex::encode(.0))]
    Twice(Address),
    /// The payouts' sum is no amount.
    #[error("the payouts add up to more than 2^128 − 1")]
    Overflow,
}

/// A complete binary tree, root first; node `i` has the children `2i + 1` and `2i + 2`. Leaves fill the array from its
/// end, the smallest hash last. Never empty.
#[derive(Clone, Debug)]
pub(crate) struct Tree(Vec<Word>);

impl Tree {
    pub(crate) fn new(mut leaves: Vec<Word>) -> Result<Self, MerkleError> {
        leaves.sort_unstable();
        let Some(inner) = leaves.len().checked_sub(1) else { return Err(MerkleError::Empty) };
        let mut nodes = vec![[0; 32]; inner];
        nodes.extend(leaves.into_iter().rev());
        for i in (0..inner).rev() {
            nodes[i] = pair(&nodes[2 * i + 1], &nodes[2 * i + 2]);
        }
        Ok(Self(nodes))
    }

    pub(crate) fn root(&self) -> Word {
        self.0[0]
    }

    /// None if the leaf is not in it.
    pub(crate) fn proof(&self, leaf: &Word) -> Option<Vec<Word>> {
        let inner = self.0.len() / 2;
        let mut node = inner + self.0[inner..].binary_search_by(|node| leaf.cmp(node)).ok()?;
        let mut proof = Vec::new();
        while node > 0 {
            let sibling = if node % 2 == 1 { node + 1 } else { node - 1 };
            proof.push(self.0[sibling]);
            node = (node - 1) / 2;
        }
        Some(proof)
    }
}

/// The model that a settled round came to. What the committee signs of it can be shown to the model registry later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelLeaf {
    /// The study.
    pub study: Word,
    /// Digest of the model after the round.
    pub model: Word,
    /// The round.
    pub round: u64,
}

impl ModelLeaf {
    /// Four words, two more than a payout has: neither passes for the other.
    fn hash(&self) -> Word {
        let words = [keccak256(b"Tributary model"), self.study, self.model, number_word(self.round.into())];
        keccak256(&keccak256(words.as_flattened()))
    }
}

/// All owners' cumulative payouts after a round, and the model that it came to.
#[derive(Clone, Debug)]
pub struct PayoutTree {
    /// By owner.
    payouts: Vec<(Address, u128)>,
    model: ModelLeaf,
    tree: Tree,
    total: u128,
}

impl PayoutTree {
    /// Builds the tree. The order of `payouts` does not matter.
    ///
    /// # Errors
    /// No owner, the same owner twice, or a sum beyond 128 bits.
    pub fn new(payouts: &[(Address, u128)], model: ModelLeaf) -> Result<Self, MerkleError> {
        if payouts.is_empty() {
            return Err(MerkleError::Empty);
        }
        let mut payouts = payouts.to_vec();
        payouts.sort_unstable();
        if let Some(pair) = payouts.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(MerkleError::Twice(pair[0].0));
        }
        let total = payouts
            .iter()
            .try_fold(0u128, |sum, (_, amount)| sum.checked_add(*amount))
            .ok_or(MerkleError::Overflow)?;
        let leaves = payouts.iter().map(|(owner, amount)| leaf(owner, *amount));
        let tree = Tree::new(leaves.chain([model.hash()]).collect())?;
        Ok(Self { payouts, model, tree, total })
    }

    /// What the settlement commits to.
    #[must_use]
    pub fn root(&self) -> Word {
        self.tree.root()
    }

    /// The sum of all payouts: the settlement's `cumulative_payout`.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.total
    }

    /// An owner's cumulative payout.
    #[must_use]
    pub fn cumulative(&self, owner: &Address) -> Option<u128> {
        let found = self.payouts.binary_search_by(|(other, _)| other.cmp(owner)).ok()?;
        Some(self.payouts[found].1)
    }

    /// The proof an owner claims with; none if it is not in the tree.
    #[must_use]
    pub fn proof(&self, owner: &Address) -> Option<Vec<Word>> {
        self.tree.proof(&leaf(owner, self.cumulative(owner)?))
    }

    /// The proof that the model registry mints the model with.
    #[must_use]
    pub fn model_proof(&self) -> Vec<Word> {
        self.tree.proof(&self.model.hash()).unwrap_or_default()
    }
}

/// The addresses that a study is launched for.
#[derive(Clone, Debug)]
pub struct AllowList(Tree);

/// The tree of the addresses that may enrol, in any order; [`crate::Launch::allowed`] is its root.
///
/// # Errors
/// No address, or the same one twice.
pub fn allow_list(addresses: &[Address]) -> Result<AllowList, MerkleError> {
    let mut sorted = addresses.to_vec();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(MerkleError::Twice(pair[0]));
    }
    Tree::new(sorted.iter().map(allowed_leaf).collect()).map(AllowList)
}

impl AllowList {
    /// What a launch commits to.
    #[must_use]
    pub fn root(&self) -> Word {
        self.0.root()
    }

    /// The proof an address enrols with; none if it is not on the list.
    #[must_use]
    pub fn proof(&self, address: &Address) -> Option<Vec<Word>> {
        self.0.proof(&allowed_leaf(address))
    }
}

/// Whether a proof leads from an owner's payout to the root, as the contract checks it.
#[must_use]
pub fn verify(root: &Word, owner: &Address, cumulative: u128, proof: &[Word]) -> bool {
    leads(leaf(owner, cumulative), proof, root)
}

/// Whether a proof leads from a model to the root, as the model registry checks it.
#[must_use]
pub fn verify_model(root: &Word, model: &ModelLeaf, proof: &[Word]) -> bool {
    leads(model.hash(), proof, root)
}

fn allowed_leaf(address: &Address) -> Word {
    keccak256(&keccak256(&address_word(address)))
}

fn leaf(owner: &Address, cumulative: u128) -> Word {
    keccak256(&keccak256([address_word(owner), number_word(cumulative)].as_flattened()))
}

/// Whether a proof leads from a leaf to a root.
pub(crate) fn leads(leaf: Word, proof: &[Word], root: &Word) -> bool {
    proof.iter().fold(leaf, |node, sibling| pair(&node, sibling)) == *root
}

fn pair(a: &Word, b: &Word) -> Word {
    if a <= b { keccak256([*a, *b].as_flattened()) } else { keccak256([*b, *a].as_flattened()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MODEL: ModelLeaf = ModelLeaf { study: [1; 32], model: [2; 32], round: 3 };

    /// The example in the README of OpenZeppelin's `merkle-tree`.
    #[test]
    fn agrees_with_openzeppelin() {
        let owners = [([0x11; 20], 5_000_000_000_000_000_000), ([0x22; 20], 2_500_000_000_000_000_000)];
        let leaves = owners.map(|(owner, amount)| leaf(&owner, amount));
        let tree = Tree::new(leaves.to_vec()).unwrap();
        assert_eq!(
            hex::encode(tree.root()),
            "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"
        );
        let proof = tree.proof(&leaves[0]).unwrap();
        assert_eq!(
            proof.iter().map(hex::encode).collect::<Vec<_>>(),
            ["b92c48e9d7abe27fd8dfd6b5dfdbfb1c9a463f80c712b66f3a5180a090cccafc"]
        );
    }

    #[test]
    fn refuses_what_is_no_set_of_payouts() {
        let refused = |payouts: &[(Address, u128)]| PayoutTree::new(payouts, MODEL).unwrap_err();
        assert_eq!(refused(&[]), MerkleError::Empty);
        assert_eq!(refused(&[([1; 20], 1), ([1; 20], 2)]), MerkleError::Twice([1; 20]));
        assert_eq!(refused(&[([1; 20], u128::MAX), ([2; 20], 1)]), MerkleError::Overflow);
        let one = PayoutTree::new(&[([1; 20], 7)], MODEL).unwrap();
        assert_eq!((one.proof(&[1; 20]), one.total()), (Some(vec![MODEL.hash()]), 7));
        assert_eq!(one.proof(&[2; 20]), None);
    }

    #[test]
    fn a_model_is_proven_as_itself_alone() {
        let tree = PayoutTree::new(&[([1; 20], 7), ([2; 20], 8)], MODEL).unwrap();
        let proof = tree.model_proof();
        assert!(verify_model(&tree.root(), &MODEL, &proof));
        for other in [
            ModelLeaf { study: [9; 32], ..MODEL },
            ModelLeaf { model: [9; 32], ..MODEL },
            ModelLeaf { round: 4, ..MODEL },
        ] {
            assert!(!verify_model(&tree.root(), &other, &proof));
        }
        // The hash of a payout stands in no model's place, nor the other way round.
        assert!(!verify_model(&tree.root(), &MODEL, &tree.proof(&[1; 20]).unwrap()));
        assert!(!verify(&tree.root(), &[1; 20], 7, &proof));
    }

    /// `StandardMerkleTree.of(…, ["address"])` of npm `@openzeppelin/merkle-tree`.
    #[test]
    fn a_list_agrees_with_openzeppelin() {
        let list = allow_list(&[[0x33; 20], [0x11; 20], [0x22; 20]]).unwrap();
        assert_eq!(
            hex::encode(list.root()),
            "ae6afff7b7c4d883d5efd44afa0b98e80317697e8984b4c2de7c54b49c1c4dd4"
        );
        let proof = |byte| list.proof(&[byte; 20]).unwrap().iter().map(hex::encode).collect::<Vec<_>>();
        assert_eq!(
            proof(0x11),
            [
                "708e7cb9a75ffb24191120fba1c3001faa9078147150c6f2747569edbadee751",
                "bd164a4590db938a0b098da1b25cf37b155f857b38c37c016ad5b8f8fce80192"
            ]
        );
        assert_eq!(proof(0x33), ["c6ce8ae383124b268df66d71f0af2206e6dafb13eba0b03806eed8a4e7991329"]);
        assert_eq!(list.proof(&[0x44; 20]), None);

        let one = allow_list(&[[0x11; 20]]).unwrap();
        assert_eq!(
            hex::encode(one.root()),
            "a7409058568815d08a7ad3c7d4fd44cf1dec90c620cb31e55ad24c654f7ba34f"
        );
        assert_eq!(one.proof(&[0x11; 20]), Some(Vec::new()));
    }

    #[test]
    fn refuses_what_is_no_list() {
        assert_eq!(allow_list(&[]).unwrap_err(), MerkleError::Empty);
        assert_eq!(allow_list(&[[2; 20], [1; 20], [2; 20]]).unwrap_err(), MerkleError::Twice([2; 20]));
    }

    proptest! {
        #[test]
        fn a_list_proves_its_own_and_nobody_else(
            addresses in prop::collection::btree_set(any::<[u8; 20]>(), 1..40),
            stranger in any::<[u8; 20]>(),
            turn in any::<prop::sample::Index>(),
        ) {
            let mut addresses: Vec<_> = addresses.into_iter().collect();
            let list = allow_list(&addresses).unwrap();
            let leads = |address: &Address, proof: &[Word]| {
                super::leads(allowed_leaf(address), proof, &list.root())
            };
            for address in &addresses {
                let proof = list.proof(address).unwrap();
                prop_assert!(leads(address, &proof));
                prop_assert!(addresses.contains(&stranger) || !leads(&stranger, &proof));
            }
            let turn = turn.index(addresses.len());
            addresses.rotate_left(turn);
            prop_assert_eq!(allow_list(&addresses).unwrap().root(), list.root());
        }

        #[test]
        fn every_owner_has_a_proof_and_no_other_amount_has(
            amounts in prop::collection::btree_map(any::<[u8; 20]>(), 0u128..1 << 100, 1..40),
            wrong in 1u128..1 << 100,
            seed in any::<u64>(),
        ) {
            let mut payouts: Vec<_> = amounts.into_iter().collect();
            let tree = PayoutTree::new(&payouts, MODEL).unwrap();
            prop_assert!(verify_model(&tree.root(), &MODEL, &tree.model_proof()));
            prop_assert_eq!(tree.total(), payouts.iter().map(|(_, amount)| amount).sum::<u128>());
            for (owner, amount) in &payouts {
                let proof = tree.proof(owner).unwrap();
                prop_assert!(verify(&tree.root(), owner, *amount, &proof));
                prop_assert!(!verify(&tree.root(), owner, amount + wrong, &proof));
                prop_assert_eq!(tree.cumulative(owner), Some(*amount));
            }
            let turn = seed as usize % payouts.len();
            payouts.rotate_left(turn);
            prop_assert_eq!(PayoutTree::new(&payouts, MODEL).unwrap().root(), tree.root());
        }
    }
}
