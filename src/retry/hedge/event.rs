//! What a hook is told of an attempt that is about to be begun beside others.

/// A hedge is about to be begun; what [`Hedge::on_hedge`](super::Hedge::on_hedge) is told.
#[derive(Debug)]
pub struct HedgeEvent<'a, E> {
    pub(super) number: usize,
    pub(super) error: Option<&'a E>,
}

impl<E> HedgeEvent<'_, E> {
    /// Which hedge of the call it is: 1 is the first, which is the second attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut told = Vec::new();
    /// let down = || async { Err::<(), _>("down") };
    /// let _ = hedge(down).max_hedges::<3>().on_hedge(|event| told.push(event.number())).await;
    /// assert_eq!(told, [1, 2, 3]);
    /// # });
    /// ```
    pub fn number(&self) -> usize {
        self.number
    }

    /// The error because of which it is begun; `None` if that is because the others are slow.
    ///
    /// # Examples
    ///
    /// ```
    /// use anywhen::retry::hedge;
    ///
    /// # anywhen::rt::Std.block_on(async {
    /// let mut told = Vec::new();
    /// let down = || async { Err::<(), _>("down") };
    /// let _ = hedge(down).on_hedge(|event| told.push(event.error().copied())).await;
    /// assert_eq!(told, [Some("down")]);
    /// # });
    /// ```
    pub fn error(&self) -> Option<&E> {
        self.error
    }
}
