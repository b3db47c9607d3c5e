//! The sets of children with keys: the same for futures and for streams, but for what a poll of a child gives.

/// Makes the set and its keyed form: `$child` is what the docs call a child, and the closure polls one.
macro_rules! keyed_set {
    (
        $(#[$docs:meta])*
        $name:ident<$C:ident: $Bound:path> $child:literal => $item:ty,
        |$pin:ident, $cx:ident| $poll:expr,
        |$len:ident| $hint:expr;
        $Keyed:ident
    ) => {
        $(#[$docs])*
        #[must_use = "streams do nothing unless polled"]
        pub struct $name<$C> {
            pool: crate::internal::pool::Pool<$C>,
            limit: Option<usize>,
        }

        impl<$C> $name<$C> {
            /// An empty group, which grows. Allocates nothing.
            #[inline]
            pub const fn new() -> Self {
                Self { pool: crate::internal::pool::Pool::new(), limit: None }
            }

            #[doc = concat!("An empty group, which grows, and has room for so many ", $child, "s in one block.")]
            pub fn with_capacity(capacity: usize) -> Self {
                Self { pool: crate::internal::pool::Pool::with_capacity(capacity), ..Self::new() }
            }

            #[doc = concat!("An empty group that takes so many ", $child, "s at a time, and has room for them.")]
            ///
            /// # Panics
            ///
            /// If the limit is zero.
            #[track_caller]
            pub fn bounded(limit: usize) -> Self {
                assert!(limit > 0, "a group of nobody would never give anything");
                Self { limit: Some(limit), ..Self::with_capacity(limit) }
            }

            #[doc = concat!("How many ", $child, "s there are.")]
            #[inline]
            pub fn len(&self) -> usize {
                self.pool.len()
            }

            /// Whether there are none.
            #[inline]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether it is bounded, and takes no more.
            #[inline]
            pub fn is_full(&self) -> bool {
                self.limit.is_some_and(|limit| self.len() >= limit)
            }

            #[doc = concat!("For how many ", $child, "s there is room without an allocation. A bounded group may have more than")]
            /// it makes use of.
            pub fn capacity(&self) -> usize {
                self.pool.capacity()
            }

            #[doc = concat!("Makes room for so many ", $child, "s more than there are. A limit stays as it is.")]
            pub fn reserve(&mut self, additional: usize) {
                self.pool.reserve(additional);
            }

            #[doc = concat!("Puts a ", $child, " in. If a task waits for the group, it is woken, also if the group was empty.")]
            ///
            /// # Panics
            ///
            /// If the group is [full](Self::is_full); see [`try_insert`](Self::try_insert).
            #[inline]
            #[track_caller]
            pub fn insert(&mut self, child: $C) -> Key {
                match self.try_insert(child) {
                    Ok(key) => key,
                    Err(_) => panic!("the group is full"),
                }
            }

            #[doc = concat!("As [`insert`](Self::insert), but gives the ", $child, " back if the group is full.")]
            ///
            /// # Errors
            ///
            /// If the group is [full](Self::is_full).
            #[inline]
            pub fn try_insert(&mut self, child: $C) -> Result<Key, $C> {
                if self.is_full() {
                    return Err(child);
                }
                let key = self.pool.insert(child);
                crate::internal::pool::sound(self.pool.alarm());
                Ok(key)
            }

            #[doc = concat!("Drops a ", $child, ", and says whether it was there.")]
            ///
            /// If it was the last one, and a task waits for the group, that is woken, and hears that there are no more.
            pub fn remove(&mut self, key: Key) -> bool {
                self.pool.remove(key)
            }

            #[doc = concat!("Takes a ", $child, " out, if it is there.")]
            ///
            /// If it was the last one, and a task waits for the group, that is woken, and hears that there are no more.
            pub fn take_out(&mut self, key: Key) -> Option<$C>
            where
                $C: Unpin,
            {
                self.pool.take(key)
            }

            #[doc = concat!("Whether the ", $child, " is there.")]
            pub fn contains_key(&self, key: Key) -> bool {
                self.pool.get(key).is_some()
            }

            #[doc = concat!("The ", $child, ", if it is there.")]
            pub fn get(&self, key: Key) -> Option<&$C> {
                self.pool.get(key)
            }

            #[doc = concat!("The ", $child, ", to be changed, if it is there. What is done to it does not have it polled.")]
            pub fn get_pin_mut(&mut self, key: Key) -> Option<Pin<&mut $C>> {
                self.pool.get_pin_mut(key)
            }

            #[doc = concat!("Drops all ", $child, "s. There is room for as many as before.")]
            pub fn clear(&mut self) {
                self.pool.clear();
            }

            /// The same as a stream that gives keys, too.
            pub fn keyed(self) -> $Keyed<$C> {
                $Keyed { group: self }
            }
        }

        impl<$C: $Bound> $name<$C> {
            #[inline]
            fn poll_keyed(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Key, $item)>> {
                self.pool.poll(cx, |key, $pin, $cx| {
                    let visit: Visit<$item> = $poll;
                    visit.map(|given| (key, given))
                })
            }
        }

        impl<$C: $Bound> Stream for $name<$C> {
            type Item = $item;

            #[inline]
            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                self.get_mut().poll_keyed(cx).map(|next| next.map(|(_, given)| given))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let $len = self.len();
                $hint
            }
        }

        impl<$C: $Bound> FusedStream for $name<$C> {
            fn is_terminated(&self) -> bool {
                self.pool.is_terminated()
            }
        }

        impl<$C> Default for $name<$C> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<$C> Extend<$C> for $name<$C> {
            /// # Panics
            ///
            /// If the group is bounded, and there are too many.
            fn extend<I: IntoIterator<Item = $C>>(&mut self, children: I) {
                for child in children {
                    self.insert(child);
                }
            }
        }

        impl<$C> FromIterator<$C> for $name<$C> {
            fn from_iter<I: IntoIterator<Item = $C>>(children: I) -> Self {
                let children = children.into_iter();
                let pool = crate::internal::pool::Pool::for_up_to(children.size_hint().0);
                let mut group = Self { pool, ..Self::new() };
                group.extend(children);
                group
            }
        }

        impl<$C> fmt::Debug for $name<$C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut debug = f.debug_struct(stringify!($name));
                debug.field("len", &self.len()).field("limit", &self.limit).finish_non_exhaustive()
            }
        }

        #[doc = concat!("A group as a stream that gives keys, too; from [`", stringify!($name), "::keyed`].")]
        ///
        #[doc = concat!("It can do all that the [group](", stringify!($name), ") can, and keeps what that promises.")]
        ///
        /// # Cancel safety
        ///
        /// Nothing is lost when a wait for the next item is dropped.
        #[must_use = "streams do nothing unless polled"]
        pub struct $Keyed<$C> {
            group: $name<$C>,
        }

        impl<$C> $Keyed<$C> {
            /// The group, which gives no keys.
            pub fn into_inner(self) -> $name<$C> {
                self.group
            }
        }

        impl<$C> Deref for $Keyed<$C> {
            type Target = $name<$C>;

            fn deref(&self) -> &$name<$C> {
                &self.group
            }
        }

        impl<$C> DerefMut for $Keyed<$C> {
            fn deref_mut(&mut self) -> &mut $name<$C> {
                &mut self.group
            }
        }

        impl<$C: $Bound> Stream for $Keyed<$C> {
            type Item = (Key, $item);

            #[inline]
            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                self.get_mut().group.poll_keyed(cx)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.group.size_hint()
            }
        }

        impl<$C: $Bound> FusedStream for $Keyed<$C> {
            fn is_terminated(&self) -> bool {
                self.group.is_terminated()
            }
        }

        impl<$C> fmt::Debug for $Keyed<$C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Keyed)).field("group", &self.group).finish()
            }
        }
    };
}

pub(crate) use keyed_set;
